from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockwright.embedded_chat.json_request import find_requested_schema
from mockwright.embedded_chat.prose import speak, tell_results
from mockwright.embedded_chat.templates import language_of
from mockwright.embedded_chat.transcript import Result, Transcript
from mockwright.rng import Rng
from tests.steps import growth


def said(user: str, seed: int = 1, **talk: tuple[str, ...] | str) -> str:
    return speak(Transcript(user=user, **talk), Rng(seed))  # type: ignore[arg-type]  # a test's shorthand


@pytest.mark.parametrize(
    ("user", "answer"),
    [
        ("Say this is a test", "this is a test"),
        ("Say 'banana'", "banana"),
        ("Please reply with exactly: OK", "OK"),
        ('Respond with only the word "pong".', "pong"),
        ("What is 2+2?", "2+2 = 4"),
        ("What is 12 times 3? Answer with only the number.", "36"),
        ("What's the capital of France?", "The capital of France is Paris."),
        ("What is the square root of 144?", "square root of 144 = 12"),
        ("Say hello in one word", "hello"),
        ("Reply with 'yes' if you can hear me", "yes"),
        ("Please echo this back: hello", "hello"),
        ("Count from 3 to 6", "3, 4, 5, 6"),
        ("Translate 'hello world' to French", "Bonjour monde"),
        ("Translate to German: Good morning", "Guten Morgen"),
        ("Translate 'my shoes' to Finnish", "my shoes (Finnish)"),
        ("Classify as positive, negative or neutral: I love it", "positive"),
        ("Classify the sentiment as positive or negative: I hate this awful thing", "negative"),
        ("Summarize: The fox jumped. It slept.", "In short: The fox jumped."),
    ],
)
def test_what_can_be_known_is_said(user: str, answer: str) -> None:
    assert said(user) == answer


@pytest.mark.parametrize(
    ("user", "part"),
    [
        ("Hello!", "help"),
        ("Guten Tag", "helfen"),
        ("Bonjour", "aider"),
        ("thanks!", "else"),
        ("Hello, how are you?", "well"),
        ("Hi, I'm Bob.", "Bob!"),
        ("Explain recursion in one sentence", "recursion"),
        ("Write a limerick about a fox", "a fox"),
        ("Tell me a short story", "the sea"),
        ("Who are you?", "mock"),
        ("Write a haiku about autumn", "autumn"),
        ("Write a python function that reverses text", "def reverses_text"),
        ("Write SQL code for users", "SELECT"),
        ("a javascript snippet: write code to sort", "function sort"),
        ("How does photosynthesis work?", "photosynthesis"),
        ("I went sailing.", "sailing"),
    ],
)
def test_the_rest_answers_in_kind(user: str, part: str) -> None:
    assert part in said(user) or part in said(user, 2)


def test_lists_are_as_long_as_asked_and_differ() -> None:
    lines = said("Give me three tips for learning Python").splitlines()
    assert [line[:2] for line in lines] == ["1.", "2.", "3."]
    assert len(set(lines)) == 3
    assert "Mars" in said("Name 8 planets")
    assert all("@" in line for line in said("List 3 emails").splitlines())
    assert len(said("Generate a list of 5 random names").split()) == 15
    assert len(said("List 5 colors").splitlines()) == 5


def test_lists_may_stand_in_one_line() -> None:
    assert said("List 3 colors, separated by commas").count(",") == 2


def test_what_is_merely_counted_is_not_listed() -> None:
    assert "1." not in said("I have 3 dogs at home")


@pytest.mark.parametrize("user", ["Is it? Answer yes or no.", "Answer 'yes' or 'no': is it?"])
def test_yes_or_no(user: str) -> None:
    assert {said(user, seed) for seed in range(20)} == {"Yes", "No"}


def test_what_was_told_before_is_remembered() -> None:
    assert said("What is my name?", earlier=("Hi, I'm Bob and I sail",)) == "Your name is Bob."
    assert said("What's my favorite color?", earlier=("My favorite color is teal.",)) == (
        "Your favorite color is teal."
    )
    assert said("What did I just say?", earlier=("I like tea",)) == "You said: I like tea"
    assert said("What is my name?") == "You have not told me that yet."


def test_the_system_may_lay_down_the_words() -> None:
    assert said("Hi", system='Always reply with "moo".') == "moo"


def test_what_was_sent_along_is_acknowledged() -> None:
    told = said("What is this?", attached=("image",))
    assert told.startswith("Thank you for the image you sent.")


def test_results_of_tools_are_told() -> None:
    results = (Result("w", '{"temp_c": 21, "sky": "clear"}'), Result("x", "Sunny, 20C"))
    told = tell_results(Transcript(user="weather?", results=results), Rng(1))
    assert "temp c: 21, sky: clear." in told
    assert "Sunny, 20C" in told


@pytest.mark.parametrize(
    ("text", "locale", "language"),
    [
        ("Wie ist das Wetter?", "en", "de"),
        ("Comment est la mer ?", "en", "fr"),
        ("What is the weather?", "en", "en"),
        ("Xyzzy", "de-DE", "de"),
        ("Xyzzy", "ja", "en"),
    ],
)
def test_languages_are_told_by_their_small_words(text: str, locale: str, language: str) -> None:
    assert language_of(text, locale) == language


@given(user=st.text(max_size=120), seed=st.integers(0, 9))
def test_it_always_says_something_and_the_same_each_time(user: str, seed: int) -> None:
    assert said(user, seed)
    assert said(user, seed) == said(user, seed)


@pytest.mark.parametrize(
    "piece",
    ["a ", "1 ", "say ", "as a, ", "list 3 ", "translate to ", "write code ", "my name is A ",
     "(1+", "json ", "{", "with fields a, ", "yes or ", "summarize ", "classify as ", "a" * 9,
     "'", "é1"],
)  # fmt: skip
def test_hostile_texts_take_no_time(piece: str) -> None:
    def read(size: int) -> None:
        text = piece * (size // len(piece))
        said(text)
        find_requested_schema(Transcript(user=text))

    assert growth(read, 32_000) < 1.1
