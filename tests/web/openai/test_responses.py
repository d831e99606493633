"""``/v1/responses`` over HTTP."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest
from jsonschema import validate

from mockwright.settings import ApiSettings, ScriptedCall, ScriptedReply, Settings
from mockwright.types import JsonObject
from tests.waiting import PATIENCE
from tests.web.surfaces import WEATHER, client, events, post, scripted

PATH = "/v1/responses"
HELLO: JsonObject = {"model": "auto", "input": "Hello"}
TOOL: JsonObject = {"type": "function", "name": "weather", "parameters": WEATHER}


async def test_a_response_has_every_field_of_the_resource() -> None:
    body = (await post(PATH, HELLO)).json()
    assert body["id"].startswith("resp_")
    assert body["object"] == "response"
    assert body["status"] == "completed"
    assert body["completed_at"] >= body["created_at"]
    (item,) = body["output"]
    assert (item["type"], item["role"], item["status"]) == ("message", "assistant", "completed")
    assert item["content"][0]["type"] == "output_text"
    assert item["content"][0]["text"]
    assert body["usage"]["total_tokens"] > 0
    told = {"error", "incomplete_details", "instructions", "max_output_tokens", "metadata", "text"}
    assert told | {"tools", "tool_choice", "store", "truncation", "reasoning"} <= body.keys()


async def test_a_seed_gives_the_same_bytes() -> None:
    first, second = [(await post(PATH, HELLO, X_Mock_Seed="7")).content for _ in range(2)]
    assert first == second


async def test_the_events_of_a_stream_come_in_order_and_numbered() -> None:
    response = await post(PATH, {**HELLO, "stream": True}, scripted(ScriptedReply(text="Hi you")))
    told = events(response)
    assert [event["sequence_number"] for event in told] == list(range(len(told)))
    kinds = [event["type"] for event in told]
    assert kinds[:4] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
    ]
    assert kinds[-4:] == [
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert set(kinds[4:-4]) == {"response.output_text.delta"}
    assert "".join(event["delta"] for event in told[4:-4]) == "Hi you"
    assert told[-1]["response"]["output"][0]["content"][0]["text"] == "Hi you"
    assert response.text.count("event: response.completed") == 1


async def test_a_streamed_call_brings_its_arguments() -> None:
    call = ScriptedCall(name="weather", arguments={"location": "Paris", "days": 3})
    settings = scripted(ScriptedReply(tool_calls=(call,)))
    told = events(await post(PATH, {**HELLO, "tools": [TOOL], "stream": True}, settings))
    by_kind = {event["type"]: event for event in told}
    assert by_kind["response.output_item.added"]["item"]["type"] == "function_call"
    done = by_kind["response.function_call_arguments.done"]
    assert json.loads(done["arguments"]) == {"location": "Paris", "days": 3}
    assert by_kind["response.completed"]["response"]["output"][0]["name"] == "weather"


async def test_the_asked_schema_is_kept() -> None:
    form = {"type": "json_schema", "name": "w", "schema": WEATHER, "strict": True}
    body = {**HELLO, "text": {"format": form}}
    answer = (await post(PATH, body, scripted(ScriptedReply(text="no")))).json()
    validate(json.loads(answer["output"][0]["content"][0]["text"]), WEATHER)
    assert answer["text"]["format"]["name"] == "w"


async def test_a_response_can_be_had_again_continued_and_deleted() -> None:
    async with client() as http:
        first = (await http.post(PATH, json={**HELLO, "input": "My name is Ada."})).json()
        again = await http.get(f"{PATH}/{first['id']}")
        going = {"model": "auto", "input": "More", "previous_response_id": first["id"]}
        second = (await http.post(PATH, json=going)).json()
        items = (await http.get(f"{PATH}/{first['id']}/input_items")).json()
        gone = await http.delete(f"{PATH}/{first['id']}")
        after = await http.get(f"{PATH}/{first['id']}")
        lost = await http.post(PATH, json=going)
    assert again.json() == first
    assert second["previous_response_id"] == first["id"]
    assert items["data"][0]["content"] == "My name is Ada."
    assert gone.json() == {"id": first["id"], "object": "response", "deleted": True}
    assert after.status_code == 404
    assert lost.status_code == 400
    assert lost.json()["error"]["code"] == "previous_response_not_found"


async def test_what_is_not_to_be_stored_is_not() -> None:
    async with client() as http:
        made = (await http.post(PATH, json={**HELLO, "store": False})).json()
        assert (await http.get(f"{PATH}/{made['id']}")).status_code == 404


async def test_the_store_is_bounded() -> None:
    async with client(Settings(api=ApiSettings(max_responses=2))) as http:
        made = [(await http.post(PATH, json=HELLO)).json()["id"] for _ in range(3)]
        states = [(await http.get(f"{PATH}/{one}")).status_code for one in made]
    assert states == [404, 200, 200]


async def test_results_of_calls_go_back_in() -> None:
    body = {
        "model": "auto",
        "input": [
            {"role": "user", "content": "Weather?"},
            {"type": "function_call", "call_id": "c1", "name": "weather", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c1", "output": "sunny"},
        ],
        "tools": [TOOL],
    }
    assert (await post(PATH, body)).json()["output"][0]["type"] == "message"


async def test_a_compacted_conversation_can_be_gone_on_from() -> None:
    async with client() as http:
        body = {"model": "auto", "input": [{"role": "user", "content": "The word is slate."}]}
        compacted = (await http.post(f"{PATH}/compact", json=body)).json()
        on = {"model": "auto", "input": [*compacted["output"], {"role": "user", "content": "On"}]}
        answer = await http.post(PATH, json=on)
        told = await http.get(f"{PATH}/{answer.json()['id']}/input_items?order=asc")
    assert compacted["object"] == "response.compaction"
    assert compacted["output"][0]["type"] == "compaction"
    assert answer.status_code == 200
    assert told.json()["data"][0]["content"] == "The word is slate."


async def test_tokens_are_counted_without_an_answer() -> None:
    answer = (await post(f"{PATH}/input_tokens", HELLO)).json()
    assert answer["object"] == "response.input_tokens"
    assert answer["input_tokens"] > 0


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"input": None}, "input"),
        ({"input": 5}, "input"),
        ({"input": [{"role": "user"}]}, "input[0].content"),
        ({"input": [{"role": "boss", "content": "x"}]}, "input[0].role"),
        ({"input": [{"type": "dance"}]}, "input[0].type"),
        (
            {"input": [{"type": "function_call_output", "call_id": "x", "output": "y"}]},
            "input[0].call_id",
        ),
        (
            {"input": [{"type": "compaction", "encrypted_content": "AAAA"}]},
            "input[0].encrypted_content",
        ),
        ({"tools": [{"type": "web_search"}]}, "tools[0].type"),
        ({"background": True, "store": False}, "store"),
        ({"text": {"format": {"type": "json_schema", "name": "x"}}}, "text.format.schema"),
        ({"temperature": 5}, "temperature"),
        ({"previous_response_id": "resp_none"}, "previous_response_id"),
        ({"model": ""}, "model"),
    ],
)
async def test_a_wrong_parameter_is_named(change: JsonObject, param: str) -> None:
    response = await post(PATH, {**HELLO, **change})
    assert response.status_code == 400
    assert response.json()["error"]["param"] == param


async def test_a_stream_that_breaks_off_is_a_failed_response() -> None:
    response = await post(PATH, {**HELLO, "stream": True}, scripted(ScriptedReply(error="timeout")))
    assert response.status_code == 504


SLOW = ScriptedReply(text="one two three four", tokens_per_second=20)


async def ended(http: httpx.AsyncClient, identifier: str) -> JsonObject:
    """The response, once nothing more becomes of it."""
    async with asyncio.timeout(PATIENCE):
        while True:
            made: JsonObject = (await http.get(f"{PATH}/{identifier}")).json()
            if made["status"] not in ("queued", "in_progress"):
                return made
            await asyncio.sleep(0.01)


async def test_a_response_can_be_made_in_the_background() -> None:
    async with client(scripted(ScriptedReply(text="Hi you"))) as http:
        queued = (await http.post(PATH, json={**HELLO, "background": True})).json()
        made = await ended(http, queued["id"])
        entry = (await http.get(f"/api/admin/requests/{queued['id']}")).json()
    assert queued["status"] == "queued"
    assert queued["output"] == []
    assert made["output"][0]["content"][0]["text"] == "Hi you"
    assert entry["backend"] == "model"


async def test_the_events_of_a_background_response_can_be_read_from_any_place_on() -> None:
    async with client(scripted(ScriptedReply(text="Hi you"))) as http:
        asked = {**HELLO, "background": True, "stream": True}
        all_of_them = events(await http.post(PATH, json=asked))
        identifier = all_of_them[0]["response"]["id"]
        late = await http.get(f"{PATH}/{identifier}?stream=true&starting_after=2")
        wrong = await http.get(f"{PATH}/{identifier}?stream=true&starting_after=x")
    assert all_of_them[-1]["type"] == "response.completed"
    assert events(late) == all_of_them[3:]
    assert wrong.json()["error"]["param"] == "starting_after"


@pytest.mark.usefixtures("clock")
async def test_a_background_response_can_be_cancelled() -> None:
    async with client(scripted(SLOW)) as http:
        queued = (await http.post(PATH, json={**HELLO, "background": True})).json()
        await asyncio.sleep(0.05)
        gone = (await http.post(f"{PATH}/{queued['id']}/cancel")).json()
        after = (await http.get(f"{PATH}/{queued['id']}")).json()
        plain = (await http.post(PATH, json=HELLO)).json()
        refused = await http.post(f"{PATH}/{plain['id']}/cancel")
    assert gone["status"] == after["status"] == "cancelled"
    assert refused.status_code == 400


async def test_a_background_response_that_fails_says_why() -> None:
    async with client(scripted(ScriptedReply(error="timeout"))) as http:
        queued = (await http.post(PATH, json={**HELLO, "background": True})).json()
        made = await ended(http, queued["id"])
    assert made["status"] == "failed"
    assert "timed out" in made["error"]["message"]
