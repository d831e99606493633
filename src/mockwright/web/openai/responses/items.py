"""Items, of which the Responses API makes conversations, translated to messages and back."""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from typing import Final

import orjson

from mockwright.errors import ParameterError
from mockwright.jsontext import dump
from mockwright.types import Json, JsonObject
from mockwright.web.chat import fields
from mockwright.web.chat.fields import missing, wrong

_MAX_ITEMS: Final = 10_000
_MAX_COMPACTED: Final = 10 * 2**20
"""Bytes that all compacted conversations of one input may unpack to."""
_ROLES: Final = ("user", "assistant", "system", "developer")


def read_items(value: Json, place: str = "input") -> list[JsonObject]:
    """Return the input as a list of items; a text is one message of the user.

    Compacted conversations are unpacked. Raises ParameterError that names the item.
    """
    if isinstance(value, str):
        return [{"type": "message", "role": "user", "content": value}]
    items: list[JsonObject] = []
    room = _MAX_COMPACTED
    for i, one in enumerate(fields.sequence(value, place, most=_MAX_ITEMS)):
        item = fields.mapping(one, f"{place}[{i}]")
        if item.get("type") == "compaction":
            unpacked, size = _unpack(item, f"{place}[{i}]", room)
            items += unpacked
            room -= size
        else:
            items.append(item)
        if len(items) > _MAX_ITEMS:
            raise ParameterError(f"'{place}' has more than {_MAX_ITEMS} items", place)
    return items


def to_messages(items: Sequence[JsonObject], instructions: str | None) -> list[JsonObject]:
    """Return the conversation as messages; calls in a row become one message of the assistant.

    Raises ParameterError that names the item.
    """
    messages: list[JsonObject] = []
    if instructions:
        messages.append({"role": "system", "content": instructions})
    called: set[str] = set()
    for i, item in enumerate(items):
        place = f"input[{i}]"
        match item.get("type", "message"):
            case "message":
                messages.append(_message(item, place))
            case "function_call":
                call = _call(item, place)
                called.add(call["id"])
                _append_call(messages, call)
            case "function_call_output":
                messages.append(_tool_result(item, place, called))
            case "reasoning":
                pass  # OpenAI's chats have no place for it in a request
            case other:
                known = "'message', 'function_call', 'function_call_output', 'reasoning'"
                raise wrong(f"{place}.type", other, f"one of {known}")
    return messages


def _message(item: JsonObject, place: str) -> JsonObject:
    if "role" not in item:
        raise missing(f"{place}.role")
    role = fields.one_of(*_ROLES)(item["role"], f"{place}.role")
    content = item.get("content")
    if content is None:
        raise missing(f"{place}.content")
    if isinstance(content, str):
        return {"role": role, "content": content}
    parts = [
        _part(one, f"{place}.content[{i}]")
        for i, one in enumerate(fields.sequence(content, f"{place}.content"))
    ]
    if all(part["type"] == "text" for part in parts):
        return {"role": role, "content": "\n".join(part["text"] for part in parts)}
    return {"role": role, "content": parts}


def _part(value: Json, place: str) -> JsonObject:
    part = fields.mapping(value, place)
    match part.get("type"):
        case "input_text" | "output_text" | "text" | "summary_text" | "reasoning_text":
            return {"type": "text", "text": fields.text(part.get("text"), f"{place}.text")}
        case "refusal":
            return {"type": "text", "text": fields.text(part.get("refusal"), f"{place}.refusal")}
        case "input_image":
            url = part.get("image_url") or part.get("file_id")
            image = {"url": fields.text(url, f"{place}.image_url")}
            return {"type": "image_url", "image_url": image}
        case "input_file":
            names = ("file_data", "file_id", "file_url", "filename")
            return {"type": "file", "file": {name: part[name] for name in names if name in part}}
        case "input_audio":
            audio = fields.mapping(part.get("input_audio"), f"{place}.input_audio")
            return {"type": "input_audio", "input_audio": audio}
        case other:
            raise wrong(f"{place}.type", other, "'input_text', 'input_image' or 'output_text'")


def _call(item: JsonObject, place: str) -> JsonObject:
    function = {
        "name": fields.name(item.get("name"), f"{place}.name"),
        "arguments": fields.text(item.get("arguments", "{}"), f"{place}.arguments"),
    }
    identifier = fields.text(item.get("call_id"), f"{place}.call_id")
    return {"id": identifier, "type": "function", "function": function}


def _append_call(messages: list[JsonObject], call: JsonObject) -> None:
    if messages and messages[-1]["role"] == "assistant" and "tool_calls" in messages[-1]:
        messages[-1]["tool_calls"].append(call)
    else:
        messages.append({"role": "assistant", "content": None, "tool_calls": [call]})


def _tool_result(item: JsonObject, place: str, called: set[str]) -> JsonObject:
    call = fields.text(item.get("call_id"), f"{place}.call_id")
    if call not in called:
        raise ParameterError(
            f"No tool call found for function call output with call_id {call[:80]}.",
            f"{place}.call_id",
        )
    output = item.get("output")
    if not isinstance(output, str):
        parts = fields.sequence(output, f"{place}.output")
        read = [_part(one, f"{place}.output[{i}]") for i, one in enumerate(parts)]
        output = "\n".join(part.get("text", f"[{part['type']}]") for part in read)
    return {"role": "tool", "tool_call_id": call, "content": output}


def output_items(message: JsonObject, suffix: str) -> Iterator[JsonObject]:
    """Yield the items of a message of the assistant; ``suffix`` is the end of their ids."""
    thought = message.get("reasoning_content")
    if thought:
        content = [{"type": "reasoning_text", "text": thought}]
        yield {"id": f"rs_{suffix}", "type": "reasoning", "summary": [], "content": content}
    text, refusal = message.get("content"), message.get("refusal")
    # An answer has at least one item, even if it says nothing.
    if text or refusal or not message.get("tool_calls"):
        part = refusal_part(refusal) if refusal else text_part(text or "")
        yield message_item(f"msg_{suffix}", [part])
    for i, call in enumerate(message.get("tool_calls") or ()):
        yield call_item(f"fc_{suffix}{i}", call["id"], **call["function"])


def message_item(identifier: str, parts: list[JsonObject], status: str = "completed") -> JsonObject:
    """Return the item for something that the assistant says."""
    return {
        "id": identifier,
        "type": "message",
        "status": status,
        "role": "assistant",
        "content": parts,
    }


def call_item(
    identifier: str, call: str, name: str, arguments: str, status: str = "completed"
) -> JsonObject:
    """Return the item for a function that the assistant calls."""
    return {
        "id": identifier,
        "type": "function_call",
        "status": status,
        "call_id": call,
        "name": name,
        "arguments": arguments,
    }


def text_part(text: str) -> JsonObject:
    """Return the content part for text."""
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def refusal_part(text: str) -> JsonObject:
    """Return the content part for a refusal."""
    return {"type": "refusal", "refusal": text}


def pack(items: Sequence[JsonObject], identifier: str) -> JsonObject:
    """Return a conversation as one opaque item: compressed, and complete."""
    packed = zlib.compress(dump(list(items)), 9)
    content = b64encode(packed).decode()
    return {"id": identifier, "type": "compaction", "encrypted_content": content}


def _unpack(item: JsonObject, place: str, room: int) -> tuple[list[JsonObject], int]:
    """Return the items of a compacted conversation, and how many bytes they were, at most ``room``.

    It comes from the client, so it is bounded, and read like any other input.
    """
    place = f"{place}.encrypted_content"
    text = fields.text(item.get("encrypted_content"), place)
    try:
        inflater = zlib.decompressobj()
        # zlib takes a bound of 0 for no bound.
        data = inflater.decompress(b64decode(text, validate=True), max(1, room))
        if inflater.unconsumed_tail:
            raise ParameterError(f"'{place}' unpacks to too much", place, "invalid_value")
        value = orjson.loads(data)
    except (ValueError, zlib.error):
        raise ParameterError(f"'{place}' was not made here", place, "invalid_value") from None
    listed = fields.sequence(value, place, most=_MAX_ITEMS)
    items = [fields.mapping(one, place) for one in listed]
    # Never made here, since `read_items` unpacks first; nested ones could unpack without end.
    if any(one.get("type") == "compaction" for one in items):
        raise ParameterError(f"'{place}' was not made here", place, "invalid_value")
    return items, len(data)
