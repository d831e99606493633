"""Rules that a value has to hold: sentences, structures and CEL."""
