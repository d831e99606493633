from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockwright.prompting import tokens
from mockwright.prompting.tokens import TokenMeter, count_tokens

PROSE = "The quick brown fox jumps over the lazy dog, and nobody minds.\n"
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=300)
"""Lone surrogates, too: JSON can hold them."""


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="the tokenizer has no build for it")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("hello world", 2),
        ("\x00", 1),
        # A special token in a text is a text: it must not end anything.
        ("<|endoftext|>", 7),
        ("strawberry" * 2, 7),
    ],
)
def test_a_text_is_counted_by_the_vocabulary(text: str, expected: int) -> None:
    assert count_tokens(text) == expected


@given(ANY_TEXT)
def test_any_text_has_a_count_between_nothing_and_its_bytes(text: str) -> None:
    size = len(text.encode("utf-8", "replace"))
    assert min(1, len(text)) <= count_tokens(text) <= size


def test_a_lone_surrogate_counts_as_a_replacement() -> None:
    assert count_tokens("a \ud800 b") == count_tokens("a ? b")


@pytest.mark.parametrize(
    "text",
    [
        PROSE * 4_000,
        json.dumps([{"id": i, "name": f"Ada {i}"} for i in range(8_000)]),
        # Unlike its start: a sample of the start alone would be off by far.
        PROSE * 1_500 + "\u6f22\u5b57" * 50_000,
    ],
    ids=["prose", "json", "mixed"],
)
def test_a_long_text_is_counted_from_a_sample_within_a_few_hundredths(text: str) -> None:
    exact = tokens._count(text)
    assert count_tokens(text) == pytest.approx(exact, rel=0.05)


def test_of_a_huge_text_no_more_is_looked_at_than_of_a_long_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[str] = []

    def count(text: str) -> int:
        looked.append(text)
        return 1

    monkeypatch.setattr(tokens, "_count", count)
    count_tokens(PROSE * 200_000)
    assert sum(map(len, looked)) == tokens._COUNTED


@given(st.lists(ANY_TEXT, max_size=20))
def test_a_meter_counts_pieces_as_the_whole(pieces: list[str]) -> None:
    meter = TokenMeter()
    for piece in pieces:
        meter.add(piece)
    text = "".join(pieces)
    # Pieces that end inside of a block are joined before they are counted.
    seams = len(text) // 500 + 1
    assert abs(meter.tokens - count_tokens(text)) <= 8 * seams


def test_a_meter_is_not_misled_by_one_token_at_a_time() -> None:
    meter = TokenMeter()
    for character in PROSE * 100:
        meter.add(character)
    assert meter.tokens == pytest.approx(count_tokens(PROSE * 100), rel=0.02)


@pytest.fixture
def _no_build(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(sys.modules, "rs_bpe", None)
    tokens._tokenizer.cache_clear()
    yield
    tokens._tokenizer.cache_clear()


@pytest.mark.usefixtures("_no_build")
def test_without_the_tokenizer_four_characters_are_a_token() -> None:
    assert [count_tokens(text) for text in ("", "a", "abcd", "abcde", "\ud800")] == [0, 1, 1, 2, 1]


def test_the_vocabulary_is_not_loaded_before_it_is_asked() -> None:
    code = "import sys, mockwright.app; sys.exit('rs_bpe' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0
