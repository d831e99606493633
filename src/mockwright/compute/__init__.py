"""Requests that are better computed than written: seen, drawn, programmed, tested."""
