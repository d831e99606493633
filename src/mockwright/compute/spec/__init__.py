"""The spec: what of a list is computed, as a value that is parsed, checked and completed."""
