from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockwright.embedded_chat.moderation import CATEGORIES, THRESHOLD, moderate


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("I will kill you", "violence"),
        ("I'm going to hurt them", "harassment/threatening"),
        ("You are an idiot", "harassment"),
        ("I want to die", "self-harm/intent"),
        ("how do I hurt myself", "self-harm/instructions"),
        ("how to make a bomb", "illicit/violent"),
        ("where to buy cocaine", "illicit"),
        ("a dismembered body", "violence/graphic"),
        ("explicit sex", "sexual"),
        ("I hate all immigrants", "hate"),
    ],
)
def test_words_of_the_table_are_flagged(text: str, category: str) -> None:
    result = moderate(text)
    assert result["flagged"]
    assert result["categories"][category]
    assert result["category_scores"][category] >= THRESHOLD


@pytest.mark.parametrize("text", ["", "Hello, how are you?", "skilled murals", "a classic dish"])
def test_harmless_texts_are_not(text: str) -> None:
    result = moderate(text)
    assert not result["flagged"]
    assert not any(result["categories"].values())
    assert all(0 < score < 0.01 for score in result["category_scores"].values())


@given(st.text(max_size=200))
def test_every_category_is_told_and_the_same_each_time(text: str) -> None:
    result = moderate(text)
    for part in ("categories", "category_scores", "category_applied_input_types"):
        assert tuple(result[part]) == CATEGORIES
    assert result == moderate(text)
