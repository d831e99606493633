"""Regular expressions as JSON Schema means them: ECMA-262, with what its libraries add.

:func:`parse` reads them, :func:`search` matches them in a bounded number of steps, and
:func:`language` finds texts that match.
"""

from __future__ import annotations

from mockwright.schema.regex.language import Language, language
from mockwright.schema.regex.match import search
from mockwright.schema.regex.parse import RegexError, parse

__all__ = ["Language", "RegexError", "language", "parse", "search"]
