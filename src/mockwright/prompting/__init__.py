"""A task as a model is told it: instructions, and a schema its provider can take."""
