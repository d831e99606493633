"""Shapes: reading them, describing them to models, and making values conform. Pure, no I/O."""
