"""Sums in a text, worked out: ``what is 12 * (3 + 4)?``, ``seven plus 2``.

A parser of four operations, powers and brackets on exact fractions; numbers, powers and the whole
are bounded.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Final

_MAX_TOKENS: Final = 64
_MAX_POWER: Final = 64
_MAX_SIZE: Final = Fraction(10) ** 60
_MAX_DEPTH: Final = 16
_SAID: Final = (
    (re.compile(r"\bplus\b", re.IGNORECASE), "+"),
    (re.compile(r"\bminus\b", re.IGNORECASE), "-"),
    (re.compile(r"\b(?:times|multiplied by)\b|(?<=\d)\s?[x×·]\s?(?=\d)", re.IGNORECASE), "*"),
    (re.compile(r"\bdivided by\b|÷", re.IGNORECASE), "/"),
    (re.compile(r"\bto the power of\b|\*\*", re.IGNORECASE), "^"),
    (re.compile(r"\bsquared\b", re.IGNORECASE), "^2"),
    (re.compile(r"(?<=\d),(?=\d{3}\b)"), ""),
    (re.compile(r"−"), "-"),
)
_NUMBERS: Final = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
                   "ten", "eleven", "twelve"]  # fmt: skip
_NUMBER_WORD: Final = re.compile(rf"\b(?:{'|'.join(_NUMBERS)})\b", re.IGNORECASE)
_EXPRESSION: Final = re.compile(r"[(\d-][\d\s.+*/^()-]{0,200}[\d)]")
_TOKEN: Final = re.compile(r"\d{1,15}(?:\.\d{1,15})?|[-+*/^()]")
_OPERATION: Final = re.compile(r"[\d)]\s*[-+*/^]\s*[-(]?\s*\d")
_ROOT: Final = re.compile(r"\bsquare root of (\d{1,12})\b", re.IGNORECASE)
_DATE: Final = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{3}-\d{4}|\d{1,2}/\d{1,2}/\d{2,4}")


class _UnreadableError(Exception):
    pass


def find_sum(text: str) -> tuple[str, str] | None:
    """The first expression of ``text`` and its value; None where there is none, or it has none."""
    text = text[:2000]
    for pattern, sign in _SAID:
        text = pattern.sub(sign, text)
    text = _NUMBER_WORD.sub(lambda match: str(_NUMBERS.index(match[0].lower())), text)
    if root := _ROOT.search(text):
        return root[0], _written(Fraction(math.sqrt(int(root[1]))))
    for match in _EXPRESSION.finditer(text):
        expression = match[0].strip()
        if not _OPERATION.search(expression) or _DATE.search(expression):
            continue
        value = evaluate(expression)
        if value is not None:
            return " ".join(expression.split()), value
    return None


def evaluate(expression: str) -> str | None:
    """The value in decimals; None for what is no expression, too large, or divides by zero."""
    tokens = _TOKEN.findall(expression)
    if len(tokens) > _MAX_TOKENS or "".join(tokens) != "".join(expression.split()):
        return None
    reader = _Reader(tokens)
    try:
        value = reader.sum(0)
    except (_UnreadableError, ZeroDivisionError):
        return None
    return _written(value) if reader.at == len(tokens) else None


class _Reader:
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


def _written(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value.numerator)
    text = f"{float(value):.6f}".rstrip("0")
    return text if not text.endswith(".") else f"{float(value):.6g}"
