"""JSON Schema, draft-04 to 2020-12: reading, validating, merging and editing it."""
