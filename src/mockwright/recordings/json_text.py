"""JSON text that is made to be reviewed and merged: sorted, indented, the same everywhere."""

from __future__ import annotations

import json
import re
from typing import Final, NoReturn

from mockwright.types import Json, JsonObject

# Half of a surrogate pair, which UTF-8 has no bytes for: a lone U+D83D.
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
# A line that git leaves in a merge conflict: "<<<<<<< HEAD", "=======", ">>>>>>> branch". Not
# "a ======= b".
_CONFLICT: Final = re.compile(rb"^(?:<{7}|={7}|>{7})(?: |\r?$)", re.MULTILINE)


def pretty(value: Json) -> bytes:
    """Return JSON for people: two spaces a level, members in order, a line end at the end.

    Numbers are written by Python's own ``repr``: the shortest text that is read as the same number,
    on every platform. Raises :class:`ValueError` for NaN and infinity, which JSON does not have.
    """
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    # Half of a pair has no UTF-8; it can stand in a string alone, where an escape can, too.
    return (_SURROGATE.sub(_escape_surrogate, text) + "\n").encode()


def stable(value: Json) -> bytes:
    """Return the same bytes for equal values, whichever library reads and writes JSON."""
    # In ASCII, on which all encoders agree.
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def read(data: bytes) -> Json:
    """Return the value of JSON text; raise :class:`ValueError` that says what is wrong where."""
    if found := _CONFLICT.search(data):
        line = data.count(b"\n", 0, found.start()) + 1
        raise ValueError(f"line {line}: a merge conflict that is not resolved")
    try:
        # A byte order mark is what some editors leave.
        text = data.decode("utf-8-sig")
        return json.loads(text, object_pairs_hook=_object_of, parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start}: not UTF-8") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"line {error.lineno} column {error.colno}: {error.msg}") from None
    except RecursionError:
        raise ValueError("nested too deep") from None


def _escape_surrogate(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def _object_of(pairs: list[tuple[str, Json]]) -> JsonObject:
    """Return an object; raise :class:`ValueError` for a member that is there twice.

    A merge that keeps both sides can leave one so; nobody could tell which is meant.
    """
    value = dict(pairs)
    if len(value) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in value if names.count(name) > 1)
        raise ValueError(f"the member {twice[:80]!r} is there twice")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
