"""Requests whose values are better computed than written by a model.

The steps: find the statistical statements (``detect``, ``recognize``), check and complete them
(``spec``), draw values (``sampling``) or run a program a model wrote (``programs``, in
``sandbox``), test the values against the statements (``checks``), and picture them (``plot``).
"""
