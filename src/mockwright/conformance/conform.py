"""The steps by which any value is made to conform and to keep what was meant.

Three steps, each a function of its own with its changes on record:

1. :func:`coerce` rewrites what is there in the form the schema asks for;
2. :func:`keep_input` puts the caller's own values back where the shape names them;
3. :func:`fill` has the generator make what is still missing or wrong, and nothing else.
"""

from mockwright.conformance.coerce import Coerced, coerce
from mockwright.conformance.fill import Filled, fill
from mockwright.conformance.keep_input import keep_input

__all__ = ["Coerced", "Filled", "coerce", "fill", "keep_input"]
