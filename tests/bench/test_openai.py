"""The measurement of gateways as OpenAI proxies: its upstream, its client and its verdict."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Literal

import httpx
import pytest
from bench.load import Load
from bench.openai import LONG, SHORT, Figures, print_figures, print_verdict, subjects
from bench.openai_peers import Subject
from bench.servers import scripted_upstream
from bench.streams import Stream, alternate, burst, checked
from bench.upstream import text_of

from tests.waiting import PATIENCE


@pytest.fixture(scope="module")
def upstream() -> Iterator[Subject]:
    with scripted_upstream() as server:
        yield Subject("direct", f"{server.url}/v1")


async def test_every_stream_of_many_at_once_arrives_whole(upstream: Subject) -> None:
    streams = await burst(upstream, clients=40, chunks=5, pause_ms=10)
    assert len(streams) == 40
    assert all(stream.whole for stream in streams)
    assert all(stream.total_ms >= 50 for stream in streams)


async def test_each_subject_and_length_is_taken_in_turn(upstream: Subject) -> None:
    twin = dataclasses.replace(upstream, name="twin")
    taken = await alternate([upstream, twin], rounds=2, lengths=(1, 3))
    shape = {name: {n: len(streams) for n, streams in of.items()} for name, of in taken.items()}
    assert shape == {"direct": {1: 2, 3: 2}, "twin": {1: 2, 3: 2}}


async def test_what_hangs_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.streams._ALONE_LIMIT", 0.05)

    left = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()  # until the client hangs up
        writer.close()
        await writer.wait_closed()
        left.set()

    async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        mute = Subject("mute", f"http://127.0.0.1:{port}/v1")
        taken = await alternate([mute], rounds=3, lengths=(1, 2))
        async with asyncio.timeout(PATIENCE):
            await left.wait()
    assert [stream.fault for stream in taken["mute"][1]] == ["TimeoutError"]
    assert taken["mute"][2] == []


async def test_a_refused_connection_and_an_error_status_are_faults(upstream: Subject) -> None:
    nobody = Subject("nobody", "http://127.0.0.1:1/v1")
    refused = (await burst(nobody, clients=1, chunks=2, pause_ms=0))[0]
    assert (refused.fault, refused.lost, refused.whole) == ("ClientConnectorError", 2, False)
    astray = Subject("astray", f"{upstream.base_url}?path=")
    missing = (await burst(astray, clients=1, chunks=2, pause_ms=0))[0]
    assert (missing.fault, missing.lost, missing.whole) == ("HTTP 404", 2, False)


def test_the_upstream_answers_whole(upstream: Subject) -> None:
    answer = httpx.post(upstream.chat_url, json={"model": "m"})
    users = json.loads(answer.json()["choices"][0]["message"]["content"])["users"]
    assert [user["id"] for user in users] == [0, 1, 2]


def sse(*texts: str, end: str = "data: [DONE]\n\n") -> bytes:
    chunks = ({"choices": [{"delta": {"content": text}}]} for text in texts)
    return ("".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + end).encode()


@pytest.mark.parametrize(
    ("received", "found"),
    [
        (sse("0 ", "1 ", "2 "), (0, "")),
        (sse("0 1 ", "2 "), (0, "")),  # merged on the way: nothing is lost
        (sse("0 ", "2 "), (1, "not what was sent")),
        (sse("0 ", "2 ", "1 "), (0, "not what was sent")),
        (sse("0 ", "1 ", "1 ", "2 "), (0, "not what was sent")),
        (sse("0 ", "1 ", "2 ", end=""), (0, "no [DONE]")),
        (b"", (3, "not what was sent")),
    ],
)
def test_what_a_stream_lacks_is_seen(received: bytes, found: tuple[int, str]) -> None:
    assert text_of(3) == "0 1 2 "
    assert checked(received, 3) == found


Role = Literal["direct", "own", "peer"]


def figures(role: Role, ms: float, *, whole: bool = True) -> Figures:
    made = Figures(Subject(f"the {role}", "http://127.0.0.1:1/v1", role))
    made.loads = {n: [Load(1000 / ms, ms * n, ms * n * 2, 0)] for n in (1, 32)}
    lengths = {SHORT: ms * 2, LONG: ms * 3}
    made.streams = {n: [Stream(ms, total, 0)] for n, total in lengths.items()}
    made.burst = [Stream(ms, ms, 0 if whole else 2, "" if whole else "not what was sent")]
    return made


def test_the_verdict_is_about_what_is_added(capsys: pytest.CaptureFixture[str]) -> None:
    print_verdict([figures("direct", 1), figures("own", 2.5), figures("peer", 2)])
    out = capsys.readouterr().out
    assert "added median, 1 at a time: 1.5 ms (bar < 2 ms) met" in out
    assert "added median, 1 at a time, below the peer: 1.5 ms (bar < 1 ms) MISSED" in out
    assert "streams not whole, of 1 at once: 0 (bar <= 0) met" in out


def test_without_the_gateway_there_is_no_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    print_verdict([figures("direct", 1), figures("peer", 2)])
    assert "not measured" in capsys.readouterr().out


@contextmanager
def broken(_upstream: str) -> Iterator[Subject]:
    yield Subject("broken", "http://127.0.0.1:1/v1")


@contextmanager
def unable(_upstream: str) -> Iterator[Subject]:
    raise RuntimeError("it ended with 1")
    yield


def test_what_does_not_start_or_answer_is_named_and_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("bench.openai.ours", broken)
    monkeypatch.setattr("bench.openai.PEERS", {"unable": unable, "absent": broken})
    monkeypatch.setattr("bench.openai.version", {"unable": "1"}.get)
    with ExitStack() as stack:
        assert [s.name for s in subjects(stack, alone=False)] == ["direct"]
    out = capsys.readouterr().out
    assert "mockwright: left out, it does not stream three chunks: ClientConnectorError" in out
    assert "unable: does not start: it ended with 1" in out
    assert "absent: not installed" in out


def test_the_table_names_faults_and_leaves_torn_streams_out_of_the_times(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_figures([figures("direct", 1), figures("own", 2, whole=False)])
    lines = {line[:28].strip(): line[28:].split() for line in capsys.readouterr().out.splitlines()}
    assert lines["streams at once, whole"] == ["1/1", "0/1"]
    assert lines["chunks lost"] == ["0", "2"]
    assert lines["first byte p50 ms"] == ["1", "nan"]
    assert lines["stream, us per chunk"] == ["5.0", "10.0"]
