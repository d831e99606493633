"""A task as a model is told it: instructions, and a schema that its provider can take.

:func:`~mockwright.prompting.render.render` writes the words; ``reduce_schema`` cuts the schema down
to what a provider's constrained mode enforces, and ``restore_nulls`` undoes on the answer what that
added; ``tokens`` counts.
"""
