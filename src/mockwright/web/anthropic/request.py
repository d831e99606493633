"""Bodies of ``/v1/messages``, translated into OpenAI's form, which the gateway uses inside.

https://docs.anthropic.com/en/api/messages
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mockwright.errors import ParameterError
from mockwright.jsontext import dump
from mockwright.schema.keywords import word_set
from mockwright.types import Json, JsonObject
from mockwright.web.chat import fields
from mockwright.web.chat.fields import missing, wrong

_MAX_MESSAGES: Final = 10_000
_CHECKS: Final[dict[str, fields.Check]] = {
    "max_tokens": fields.integer(1, 2**31),
    "temperature": fields.number(0, 1),
    "top_p": fields.number(0, 1),
    "top_k": fields.integer(0, 2**31),
    "stream": fields.boolean,
    "metadata": fields.mapping,
}
_KNOWN: Final = word_set(
    "model messages system stop_sequences tools tool_choice output_config output_format"
)
"""Fields that are acted on, beside those of ``_CHECKS``."""
_CHOICES: Final = {"auto": "auto", "any": "required", "none": "none"}
"""Anthropic's and OpenAI's words for ``tool_choice``."""


def to_openai(body: JsonObject) -> JsonObject:
    """Return the same request in OpenAI's form; raises ParameterError that names Anthropic's
    field."""
    found = fields.read(body, _CHECKS)
    if "max_tokens" not in found:
        raise missing("max_tokens")
    return {
        "messages": [*_system(body.get("system")), *read_messages(body)],
        "max_tokens": found["max_tokens"],
        **{name: found[name] for name in ("temperature", "top_p", "top_k") if name in found},
        **_stops(body),
        **_tools(body),
        **_response_format(body),
    }


def unknown(body: JsonObject) -> list[str]:
    """Return the names of fields that have no effect here, in alphabetical order."""
    return sorted({name for name, value in body.items() if value} - _CHECKS.keys() - _KNOWN)


def _system(value: Json) -> list[JsonObject]:
    if value is None:
        return []
    text = value if isinstance(value, str) else "\n".join(_texts(value, "system"))
    return [{"role": "system", "content": text}]


def read_messages(body: JsonObject) -> Iterator[JsonObject]:
    """Yield the messages in OpenAI's form, each tool result as a message of its own."""
    if "messages" not in body:
        raise missing("messages")
    listed = fields.sequence(body["messages"], "messages", least=1, most=_MAX_MESSAGES)
    for i, one in enumerate(listed):
        place = f"messages.{i}"
        message = fields.mapping(one, place)
        role = fields.one_of("user", "assistant")(message.get("role"), f"{place}.role")
        content = message.get("content")
        if content is None:
            raise missing(f"{place}.content")
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        blocks = fields.sequence(blocks, f"{place}.content")
        read = _assistant if role == "assistant" else _user
        yield from read(blocks, f"{place}.content")


def _assistant(blocks: list[Json], place: str) -> Iterator[JsonObject]:
    texts: list[str] = []
    calls: list[JsonObject] = []
    for i, one in enumerate(blocks):
        block = fields.mapping(one, f"{place}.{i}")
        match block.get("type"):
            case "text":
                texts.append(fields.text(block.get("text"), f"{place}.{i}.text"))
            case "tool_use":
                calls.append(_call(block, f"{place}.{i}"))
            case "thinking" | "redacted_thinking":
                pass  # OpenAI's form has no place for it in a request
            case other:
                raise wrong(f"{place}.{i}.type", other, "'text', 'tool_use' or 'thinking'")
    message: JsonObject = {"role": "assistant", "content": "".join(texts) or None}
    yield message | ({"tool_calls": calls} if calls else {})


def _call(block: JsonObject, place: str) -> JsonObject:
    given = fields.mapping(block.get("input", {}), f"{place}.input")
    return {
        "id": fields.text(block.get("id"), f"{place}.id"),
        "type": "function",
        "function": {
            "name": fields.name(block.get("name"), f"{place}.name"),
            "arguments": dump(given).decode(),
        },
    }


def _user(blocks: list[Json], place: str) -> Iterator[JsonObject]:
    parts: list[JsonObject] = []
    for i, one in enumerate(blocks):
        block = fields.mapping(one, f"{place}.{i}")
        if block.get("type") == "tool_result":
            yield _tool_result(block, f"{place}.{i}")
        else:
            parts.append(_part(block, f"{place}.{i}"))
    if len(parts) == 1 and parts[0]["type"] == "text":
        yield {"role": "user", "content": parts[0]["text"]}
    elif parts:
        yield {"role": "user", "content": parts}


def _tool_result(block: JsonObject, place: str) -> JsonObject:
    content = block.get("content") or ""
    text = content if isinstance(content, str) else "\n".join(_texts(content, f"{place}.content"))
    call = fields.text(block.get("tool_use_id"), f"{place}.tool_use_id")
    # OpenAI's tool messages have no flag for a failure, so the text says it.
    said = f"Error: {text}" if block.get("is_error") else text
    return {"role": "tool", "tool_call_id": call, "content": said}


def _part(block: JsonObject, place: str) -> JsonObject:
    match block.get("type"):
        case "text":
            return {"type": "text", "text": fields.text(block.get("text"), f"{place}.text")}
        case "image":
            return {"type": "image_url", "image_url": {"url": _url_of(block, place)}}
        case "document":
            return {"type": "file", "file": {"file_data": _url_of(block, place)}}
        case other:
            expected = "'text', 'image', 'document' or 'tool_result'"
            raise wrong(f"{place}.type", other, expected)


def _url_of(block: JsonObject, place: str) -> str:
    source = fields.mapping(block.get("source"), f"{place}.source")
    if source.get("type") == "url":
        return fields.text(source.get("url"), f"{place}.source.url")
    data = fields.text(source.get("data"), f"{place}.source.data")
    kind = fields.text(source.get("media_type"), f"{place}.source.media_type")
    return data if kind == "text/plain" else f"data:{kind};base64,{data}"


def _texts(value: Json, place: str) -> Iterator[str]:
    for i, one in enumerate(fields.sequence(value, place)):
        block = fields.mapping(one, f"{place}.{i}")
        if block.get("type") == "text":
            yield fields.text(block.get("text"), f"{place}.{i}.text")


def _stops(body: JsonObject) -> JsonObject:
    value = body.get("stop_sequences")
    if value is None:
        return {}
    listed = fields.sequence(value, "stop_sequences", most=100)
    return {"stop": [fields.text(one, f"stop_sequences.{i}") for i, one in enumerate(listed)]}


def _tools(body: JsonObject) -> JsonObject:
    listed = body.get("tools")
    if not listed:
        return {}
    tools = [
        _tool(one, f"tools.{i}") for i, one in enumerate(fields.sequence(listed, "tools", most=512))
    ]
    return {"tools": tools, **_choice(body.get("tool_choice"), tools)}


def _tool(value: Json, place: str) -> JsonObject:
    tool = fields.mapping(value, place)
    if tool.get("type") not in (None, "custom"):
        expected = "'custom': tools that run on Anthropic's servers are not there"
        raise wrong(f"{place}.type", tool["type"], expected)
    if "input_schema" not in tool:
        raise missing(f"{place}.input_schema")
    schema = fields.schema(tool["input_schema"], f"{place}.input_schema")
    function = {"name": fields.name(tool.get("name"), f"{place}.name"), "parameters": schema}
    if isinstance(tool.get("description"), str):
        function["description"] = tool["description"]
    return {"type": "function", "function": function}


def _choice(value: Json, tools: list[JsonObject]) -> JsonObject:
    if value is None:
        return {}
    choice = fields.mapping(value, "tool_choice")
    kind = fields.one_of("auto", "any", "none", "tool")(choice.get("type"), "tool_choice.type")
    more = {"parallel_tool_calls": False} if choice.get("disable_parallel_tool_use") else {}
    if kind != "tool":
        return {"tool_choice": _CHOICES[kind], **more}
    name = choice.get("name")
    if name not in {tool["function"]["name"] for tool in tools}:
        raise wrong("tool_choice.name", name, "the name of one of the tools")
    return {"tool_choice": {"type": "function", "function": {"name": name}}, **more}


def _response_format(body: JsonObject) -> JsonObject:
    """Return what ``output_config.format`` asks for; ``output_format`` was its name in the beta."""
    config = body.get("output_config")
    form = config.get("format") if isinstance(config, dict) else body.get("output_format")
    if form is None:
        return {}
    told = fields.mapping(form, "output_format")
    if told.get("type") != "json_schema":
        raise ParameterError("output_format.type: expected 'json_schema'", "output_format.type")
    schema = fields.schema(told.get("schema"), "output_format.schema")
    return {
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "schema": schema},
        }
    }
