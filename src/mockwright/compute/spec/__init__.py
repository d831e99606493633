"""What is to be computed, as a value."""
