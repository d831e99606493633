from __future__ import annotations

import math
from hashlib import blake2b

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockwright.embedded_chat.embeddings import DIMENSIONS, MAX_DIMENSIONS, embed_text
from tests.steps import growth


def alike(a: str, b: str, dimensions: int = DIMENSIONS) -> float:
    """Cosine."""
    first, second = embed_text(a, dimensions), embed_text(b, dimensions)
    return sum(x * y for x, y in zip(first, second, strict=True))


def test_the_same_text_gives_the_same_numbers_everywhere() -> None:
    told = ",".join(f"{value:.12f}" for value in embed_text("The quick brown fox.", 16))
    assert blake2b(told.encode(), digest_size=8).hexdigest() == "70d1eed0f8162bee"


@given(text=st.text(max_size=60), dimensions=st.integers(1, 300))
def test_every_vector_has_its_dimensions_and_the_length_one(text: str, dimensions: int) -> None:
    vector = embed_text(text, dimensions)
    assert len(vector) == dimensions
    assert math.isclose(sum(value * value for value in vector), 1.0, rel_tol=1e-9)
    assert vector == embed_text(text, dimensions)


@pytest.mark.parametrize("dimensions", [1, 2, DIMENSIONS, MAX_DIMENSIONS])
def test_any_number_of_dimensions_is_honoured(dimensions: int) -> None:
    assert len(embed_text("x", dimensions)) == dimensions


@pytest.mark.parametrize("dimensions", [0, -1, MAX_DIMENSIONS + 1])
def test_too_few_or_many_are_refused(dimensions: int) -> None:
    with pytest.raises(ValueError, match=r"1\.\.4096"):
        embed_text("x", dimensions)


@pytest.mark.parametrize("dimensions", [256, DIMENSIONS])
@pytest.mark.parametrize(
    ("text", "paraphrase", "unrelated"),
    [
        ("How do I reset my password?", "password reset help", "The weather in Paris is sunny"),
        ("Cats are great pets", "a cat is a great pet", "quarterly revenue grew by 4 percent"),
        ("the invoice is overdue", "overdue invoices", "a recipe for apple pie"),
    ],
)
def test_texts_that_share_words_are_similar(
    text: str, paraphrase: str, unrelated: str, dimensions: int
) -> None:
    assert alike(text, paraphrase, dimensions) > 0.4
    assert alike(text, paraphrase, dimensions) > alike(text, unrelated, dimensions) + 0.3


def test_case_and_accents_do_not_count() -> None:
    assert alike("CAFÉ Müller", "cafe muller") == pytest.approx(1)


def test_a_text_takes_linear_time() -> None:
    text = "The quick brown fox jumps over the lazy dog near the old stone bridge at dawn. "
    assert growth(lambda size: embed_text(text * size), 4) < 2.5
