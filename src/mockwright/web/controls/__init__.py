"""Controls: what a caller may ask for in headers, query, shape and body, and the one decoder for
it."""
