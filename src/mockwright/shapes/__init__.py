"""The shape language: an example or a JSON Schema becomes a shape. Pure, no I/O."""
