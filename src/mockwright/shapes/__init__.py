"""The shape language: an example or a JSON Schema becomes a shape. Pure, no I/O.

``rest`` infers a shape from a path and a query where the caller gives none; ``rules`` says what an
answer has to hold beyond its shape. The language is described in ``docs/shapes.md``.
"""
