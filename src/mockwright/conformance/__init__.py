"""Conformance: a candidate value is coerced, kept to its input, asked again, filled and scored."""
