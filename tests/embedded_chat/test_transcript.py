from __future__ import annotations

from mockwright.embedded_chat.transcript import Result, Transcript, read_transcript
from tests.embedded_chat.chats import ask, called


def test_who_said_what() -> None:
    parts = [
        {"type": "text", "text": "Look"},
        {"type": "image_url", "image_url": {"url": "data:,"}},
        {"type": "file", "file": {}},
    ]
    request = ask(
        {"role": "system", "content": "Be brief."},
        {"role": "developer", "content": "Be kind."},
        "I am Bob",
        {"role": "assistant", "content": "Hello"},
        {"role": "user", "content": parts},
    )
    assert read_transcript(request) == Transcript(
        user="Look",
        system="Be brief.\nBe kind.",
        earlier=("I am Bob",),
        attached=("image", "file"),
    )


def test_results_are_those_since_the_user_last_spoke() -> None:
    old = [called("add", "{}"), {"role": "tool", "tool_call_id": "call_1", "content": "3"}]
    new = [called("get_time", "{}", "x"), {"role": "tool", "tool_call_id": "x", "content": "noon"}]
    assert read_transcript(ask("a", *old, "b", *new)).results == (Result("get_time", "noon"),)
    assert read_transcript(ask("a", *old, "b")).results == ()


def test_a_conversation_without_a_user_is_read_too() -> None:
    assert read_transcript(ask({"role": "system", "content": "Hi"})) == Transcript(system="Hi")
