"""Tests of computed values against what was asked."""
