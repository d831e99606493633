"""A candidate value is made to conform: coerced, kept to its input, asked again, filled."""
