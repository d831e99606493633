"""Finding this package is enough: importing it is a fault."""

raise ImportError("not to be imported")
