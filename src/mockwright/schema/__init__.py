"""JSON Schema: reading, validating, merging and editing it."""
