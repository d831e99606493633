"""Sums in a text, worked out: ``what is 12 * (3 + 4)?``, ``seven plus 2``.

A parser of four operations, powers and brackets on exact fractions; numbers, powers and
the whole are bounded.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Final

_MAX_TOKENS: Final = 64
"""Numbers and signs of one expression."""
_MAX_POWER: Final = 64
"""The highest exponent."""
_MAX_SIZE: Final = Fraction(10) ** 60
"""The highest value, and the highest denominator, that any step may come to."""
_MAX_DEPTH: Final = 16
"""Brackets and signs within one another; the parser is recursive."""
_SPELLINGS: Final = (
    (re.compile(r"\bplus\b", re.IGNORECASE), "+"),
    (re.compile(r"\bminus\b", re.IGNORECASE), "-"),
    # `3 times 4`, `3x4`, `3 × 4`; not the x of `x4`.
    (re.compile(r"\b(?:times|multiplied by)\b|(?<=\d)\s?[x×·]\s?(?=\d)", re.IGNORECASE), "*"),
    (re.compile(r"\bdivided by\b|÷", re.IGNORECASE), "/"),
    (re.compile(r"\bto the power of\b|\*\*", re.IGNORECASE), "^"),
    (re.compile(r"\bsquared\b", re.IGNORECASE), "^2"),
    # The comma of `1,200`; not that of `1, 200`.
    (re.compile(r"(?<=\d),(?=\d{3}\b)"), ""),
    # The minus sign of typography (U+2212).
    (re.compile(r"−"), "-"),
)
"""What stands for a sign of arithmetic in a text, and the sign."""
_NUMBERS: Final = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
                   "ten", "eleven", "twelve"]  # fmt: skip
_NUMBER_WORD: Final = re.compile(rf"\b(?:{'|'.join(_NUMBERS)})\b", re.IGNORECASE)
# Anything that begins and ends like an expression: `12 * (3 + 4)`, but `10 - 12 (` only to the 12.
_EXPRESSION: Final = re.compile(r"[(\d-][\d\s.+*/^()-]{0,200}[\d)]")
_TOKEN: Final = re.compile(r"\d{1,15}(?:\.\d{1,15})?|[-+*/^()]")
# `2 + 3`, `2 * (3`, `2 - -3`; not `(2)` or `2 3`, which hold no sum.
_OPERATION: Final = re.compile(r"[\d)]\s*[-+*/^]\s*[-(]?\s*\d")
# `square root of 144`
_ROOT: Final = re.compile(r"\bsquare root of (\d{1,12})\b", re.IGNORECASE)
# `2025-01-31`, `555-1234`, `1/31/2025`: what has signs in it and is no sum.
_DATE: Final = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{3}-\d{4}|\d{1,2}/\d{1,2}/\d{2,4}")


class _UnreadableError(Exception):
    pass


def find_sum(text: str) -> tuple[str, str] | None:
    """Return the first expression of ``text`` and its value, or None where there is none.

    An expression without a value, as one that divides by zero, is passed over.
    """
    text = text[:2000]
    for pattern, sign in _SPELLINGS:
        text = pattern.sub(sign, text)
    text = _NUMBER_WORD.sub(lambda match: str(_NUMBERS.index(match[0].lower())), text)
    if root := _ROOT.search(text):
        return root[0], _as_decimal(Fraction(math.sqrt(int(root[1]))))
    for match in _EXPRESSION.finditer(text):
        expression = match[0].strip()
        if not _OPERATION.search(expression) or _DATE.search(expression):
            continue
        value = evaluate(expression)
        if value is not None:
            return " ".join(expression.split()), value
    return None


def evaluate(expression: str) -> str | None:
    """Return the value in decimals, or None for what is no expression or has no value in bounds.

    What is no whole number is rounded to six digits after the point.
    """
    tokens = _TOKEN.findall(expression)
    if len(tokens) > _MAX_TOKENS or "".join(tokens) != "".join(expression.split()):
        return None
    reader = _Reader(tokens)
    try:
        value = reader.sum(0)
    except (_UnreadableError, ZeroDivisionError):
        return None
    return _as_decimal(value) if reader.at == len(tokens) else None


class _Reader:
    """A recursive-descent parser over tokens; each method reads what its name says and moves on."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.at = 0

    def sum(self, depth: int) -> Fraction:
        value = self.product(depth)
        while (sign := self.take("+", "-")) is not None:
            other = self.product(depth)
            value = _bounded(value + other if sign == "+" else value - other)
        return value

    def product(self, depth: int) -> Fraction:
        value = self.signed(depth)
        while (sign := self.take("*", "/")) is not None:
            other = self.signed(depth)
            value = _bounded(value * other if sign == "*" else value / other)
        return value

    def signed(self, depth: int) -> Fraction:
        if self.take("-"):
            # `-2^2` is -4: the sign binds less than the power.
            return -self.signed(depth + 1) if depth < _MAX_DEPTH else _unreadable()
        return self.power(depth)

    def power(self, depth: int) -> Fraction:
        base = self.atom(depth)
        if not self.take("^"):
            return base
        exponent = self.signed(depth + 1) if depth < _MAX_DEPTH else _unreadable()
        if exponent.denominator != 1 or abs(exponent) > _MAX_POWER:
            return _unreadable()
        return _bounded(base ** int(exponent))

    def atom(self, depth: int) -> Fraction:
        if self.take("("):
            inner = self.sum(depth + 1) if depth < _MAX_DEPTH else _unreadable()
            return inner if self.take(")") else _unreadable()
        if self.at < len(self.tokens) and self.tokens[self.at][0].isdigit():
            self.at += 1
            return Fraction(self.tokens[self.at - 1])
        return _unreadable()

    def take(self, *signs: str) -> str | None:
        if self.at < len(self.tokens) and self.tokens[self.at] in signs:
            self.at += 1
            return self.tokens[self.at - 1]
        return None


def _unreadable() -> Fraction:
    raise _UnreadableError


def _bounded(value: Fraction) -> Fraction:
    if abs(value) > _MAX_SIZE or value.denominator > _MAX_SIZE:
        return _unreadable()
    return value


def _as_decimal(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value.numerator)
    text = f"{float(value):.6f}".rstrip("0")
    return text if not text.endswith(".") else f"{float(value):.6g}"
