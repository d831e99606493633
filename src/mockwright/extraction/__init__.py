"""JSON values out of the text that a model wrote."""
