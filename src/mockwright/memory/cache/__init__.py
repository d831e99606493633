"""The cache: several stored variants of the answer to one request."""
