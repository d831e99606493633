"""Patterns: a plan is carried out, given a way to generate and one to verify.

``run`` gives each node to its pattern; patterns nest without knowing each other, and share one
``PatternContext``.
"""
