"""Columns drawn from distributions."""
