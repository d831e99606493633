"""The one decoder of what a caller may ask."""
