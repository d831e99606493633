"""``/v1/responses`` over a WebSocket, on a real one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from mockwright.settings import Settings
from mockwright.testing import running
from mockwright.types import JsonObject
from tests.serving import Serving, serving
from tests.waiting import PATIENCE

CREATE: JsonObject = {"type": "response.create", "model": "auto", "input": "Hello", "store": False}
KEY = {"name": "k", "sha256": "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"}


@pytest.fixture(scope="module")
def gateway() -> Iterator[Serving]:
    with serving() as started:
        yield started


@pytest.fixture
def socket(gateway: Serving) -> Iterator[ClientConnection]:
    with connect(f"ws://127.0.0.1:{gateway.port}/v1/responses") as connection:
        yield connection


def turn(socket: ClientConnection, message: Any) -> JsonObject:
    """Send one message; the last event of its turn."""
    socket.send(message if isinstance(message, str) else json.dumps(message))
    numbers = []
    while True:
        event: JsonObject = json.loads(socket.recv(timeout=PATIENCE))
        if event["type"] == "error":
            return event
        numbers.append(event["sequence_number"])
        if event["type"] in ("response.completed", "response.failed", "response.incomplete"):
            assert numbers == list(range(len(numbers)))
            return event


def test_turns_follow_each_other_on_one_connection(socket: ClientConnection) -> None:
    first, second = turn(socket, CREATE), turn(socket, CREATE)
    assert first["type"] == second["type"] == "response.completed"
    assert first["response"]["id"] != second["response"]["id"]


def test_what_is_not_stored_can_be_gone_on_from_on_its_connection_alone(
    socket: ClientConnection, gateway: Serving
) -> None:
    first = turn(socket, {**CREATE, "input": "My name is Ada."})["response"]
    again = {**CREATE, "input": "What is my name?", "previous_response_id": first["id"]}
    answer = turn(socket, again)["response"]
    assert "Ada" in answer["output"][0]["content"][0]["text"]
    assert httpx.get(f"{gateway.url}/v1/responses/{first['id']}").status_code == 404
    with connect(f"ws://127.0.0.1:{gateway.port}/v1/responses") as other:
        lost = turn(other, again)
        assert lost["error"]["code"] == "previous_response_not_found"
        assert turn(other, CREATE)["type"] == "response.completed"


def test_a_failed_turn_takes_what_it_went_on_from_with_it(socket: ClientConnection) -> None:
    first = turn(socket, CREATE)["response"]
    going = {**CREATE, "previous_response_id": first["id"]}
    output = {"type": "function_call_output", "call_id": "none", "output": "x"}
    failed = turn(socket, {**going, "input": [output]})
    assert failed["status"] == 400
    assert turn(socket, going)["error"]["code"] == "previous_response_not_found"


def test_what_is_stored_is_there_over_http_too(socket: ClientConnection, gateway: Serving) -> None:
    made = turn(socket, {**CREATE, "store": True})["response"]
    assert httpx.get(f"{gateway.url}/v1/responses/{made['id']}").json() == made


@pytest.mark.parametrize("message", ["{", "[]", '{"type": "dance"}', '{"type":"response.create"}'])
def test_a_message_that_cannot_be_read_is_told_so_and_the_connection_stays(
    socket: ClientConnection, message: str
) -> None:
    event = turn(socket, message)
    assert event["status"] == 400
    assert event["error"]["message"]
    assert turn(socket, CREATE)["type"] == "response.completed"


def test_keys_are_asked_for_at_the_door() -> None:
    with running(Settings.model_validate({"api": {"api_keys": [KEY]}})) as served:
        url = f"ws{served.removeprefix('http')}/v1/responses"
        with pytest.raises(InvalidStatus):
            connect(url)
        with connect(url, additional_headers={"Authorization": "Bearer secret"}) as socket:
            assert turn(socket, CREATE)["type"] == "response.completed"
