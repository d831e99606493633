"""Bodies of ``/api/chat`` and ``/api/generate``, translated into OpenAI's form.

https://github.com/ollama/ollama/blob/main/docs/api.md
"""

from __future__ import annotations

from typing import Final

from mockwright.jsontext import dump
from mockwright.schema.keywords import word_set
from mockwright.types import Json, JsonObject
from mockwright.web.chat import fields
from mockwright.web.chat.fields import missing, wrong

_OPTIONS: Final[dict[str, tuple[str, fields.Check]]] = {
    "temperature": ("temperature", fields.number(0, 2)),
    "top_p": ("top_p", fields.number(0, 1)),
    "seed": ("seed", fields.integer(-(2**63), 2**63 - 1)),
    "stop": ("stop", fields.stops(100)),
    "num_predict": ("max_tokens", fields.integer(-2, 2**31)),
    "presence_penalty": ("presence_penalty", fields.number(-2, 2)),
    "frequency_penalty": ("frequency_penalty", fields.number(-2, 2)),
}
"""Ollama's name of an option, OpenAI's, and how it is read; other options are for Ollama's
engine."""
_KNOWN: Final = word_set(
    "model name messages prompt system images tools format stream options keep_alive"
)
"""Fields that are acted on or need no action."""


def chat_to_openai(body: JsonObject) -> JsonObject:
    """Return a body of ``/api/chat`` in OpenAI's form; raises ParameterError that names Ollama's
    field."""
    listed = fields.sequence(body.get("messages", []), "messages")
    messages = [_message(one, f"messages[{i}]") for i, one in enumerate(listed)]
    return {"messages": messages, **_shared(body), **_tools(body)}


def generate_to_openai(body: JsonObject) -> JsonObject:
    """Return a body of ``/api/generate`` in OpenAI's form; raises ParameterError."""
    prompt = fields.text(body.get("prompt", ""), "prompt")
    system = body.get("system")
    said = [{"role": "system", "content": fields.text(system, "system")}] if system else []
    user = {"role": "user", "content": _with_images(prompt, body.get("images"), "images")}
    return {"messages": [*said, user], **_shared(body)}


def wants_stream(body: JsonObject) -> bool:
    """Whether the answer is to be streamed, which is Ollama's default."""
    value = body.get("stream")
    return True if value is None else fields.boolean(value, "stream")


def unknown(body: JsonObject) -> list[str]:
    """Return the names of fields and options that have no effect here."""
    found = {name for name, value in body.items() if value} - _KNOWN
    options = body.get("options") or {}
    return sorted(found) + [f"options.{name}" for name in sorted(options.keys() - _OPTIONS.keys())]


def _shared(body: JsonObject) -> JsonObject:
    options = fields.mapping(body.get("options") or {}, "options")
    found: JsonObject = {}
    for name, (theirs, check) in _OPTIONS.items():
        if options.get(name) is not None:
            found[theirs] = check(options[name], f"options.{name}")
    if "stop" in found:
        found["stop"] = list(found["stop"])
    if found.get("max_tokens", 1) < 1:
        del found["max_tokens"]  # -1: without end, -2: until the context is full
    return {**found, **_response_format(body.get("format"))}


def _response_format(value: Json) -> JsonObject:
    if value in (None, ""):
        return {}
    if value == "json":
        return {"response_format": {"type": "json_object"}}
    if not isinstance(value, dict):
        raise wrong("format", value, "'json' or a JSON Schema")
    told = {"name": "answer", "schema": fields.schema(value, "format")}
    return {"response_format": {"type": "json_schema", "json_schema": told}}


def _message(value: Json, place: str) -> JsonObject:
    message = fields.mapping(value, place)
    role = fields.one_of("system", "user", "assistant", "tool")(
        message.get("role"), f"{place}.role"
    )
    text = fields.text(message.get("content") or "", f"{place}.content")
    if role == "tool":
        # Ollama matches results to calls by the tool's name, newer clients by the call's id.
        name = message.get("tool_call_id") or message.get("tool_name") or message.get("name")
        return {"role": "tool", "tool_call_id": str(name or "call"), "content": text}
    if role == "user":
        content = _with_images(text, message.get("images"), f"{place}.images")
        return {"role": "user", "content": content}
    calls = message.get("tool_calls")
    if role == "assistant" and calls:
        listed = fields.sequence(calls, f"{place}.tool_calls")
        made = [_call(one, i, f"{place}.tool_calls[{i}]") for i, one in enumerate(listed)]
        return {"role": role, "content": text or None, "tool_calls": made}
    return {"role": role, "content": text}


def _call(value: Json, index: int, place: str) -> JsonObject:
    function = fields.mapping(fields.mapping(value, place).get("function"), f"{place}.function")
    given = fields.mapping(function.get("arguments") or {}, f"{place}.function.arguments")
    name = fields.name(function.get("name"), f"{place}.function.name")
    called = {"name": name, "arguments": dump(given).decode()}
    return {"id": str(value.get("id") or f"call_{index}"), "type": "function", "function": called}


def _with_images(text: str, images: Json, place: str) -> Json:
    if not images:
        return text
    listed = fields.sequence(images, place, most=100)
    parts: list[JsonObject] = [{"type": "text", "text": text}] if text else []
    for i, one in enumerate(listed):
        data = fields.text(one, f"{place}[{i}]")
        # Ollama is sent bare base64, and finds out the format by itself.
        parts.append({"type": "image_url", "image_url": {"url": f"data:image/*;base64,{data}"}})
    return parts


def _tools(body: JsonObject) -> JsonObject:
    tools = body.get("tools")
    return {"tools": fields.sequence(tools, "tools")} if tools else {}


def required_model(body: JsonObject) -> str:
    """Return the model that is asked for; ``name`` is what the field was called before."""
    model = body.get("model", body.get("name"))
    if model in (None, ""):
        raise missing("model")
    return fields.text(model, "model")
