"""Variants: several stored answers to one request."""
