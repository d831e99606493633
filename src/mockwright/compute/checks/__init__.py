"""Tests of computed values against what was asked, one module for each kind of statement."""
