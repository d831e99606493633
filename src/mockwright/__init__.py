"""Mockwright: a mock API gateway that answers any URL with valid, realistic JSON."""

__version__ = "0.1.0"
