"""Carrying out a plan, given Generate and Verify."""
