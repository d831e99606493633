"""Bodies of ``/v1/responses``: what is asked of the model, and what the answer repeats of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mockwright.chat.types import ChatRequest
from mockwright.errors import ParameterError
from mockwright.types import Json, JsonObject, MockRequest
from mockwright.web.chat import fields
from mockwright.web.chat.fields import missing, wrong
from mockwright.web.chat.request import read_chat
from mockwright.web.openai.responses.items import read_items, to_messages

_CHECKS: Final[dict[str, fields.Check]] = {
    "instructions": fields.text,
    "previous_response_id": fields.text,
    "temperature": fields.number(0, 2),
    "top_p": fields.number(0, 1),
    "presence_penalty": fields.number(-2, 2),
    "frequency_penalty": fields.number(-2, 2),
    "top_logprobs": fields.integer(0, 20),
    "max_output_tokens": fields.integer(1, 2**31),
    "max_tool_calls": fields.integer(1, 2**31),
    "parallel_tool_calls": fields.boolean,
    "stream": fields.boolean,
    "store": fields.boolean,
    "background": fields.boolean,
    "metadata": fields.mapping,
    "reasoning": fields.mapping,
    "text": fields.mapping,
    "truncation": fields.one_of("auto", "disabled"),
    "service_tier": fields.text,
    "user": fields.text,
    "safety_identifier": fields.text,
    "prompt_cache_key": fields.text,
}
_PASSED: Final = (
    "temperature",
    "top_p",
    "presence_penalty",
    "frequency_penalty",
    "parallel_tool_calls",
    "metadata",
    "user",
    "service_tier",
    "safety_identifier",
    "prompt_cache_key",
)
"""Fields that mean the same in both of OpenAI's APIs."""


_KNOWN: Final = frozenset(["model", "input", "tools", "tool_choice", "include"])
"""Fields that are acted on, beside those of ``_CHECKS``."""


@dataclass(frozen=True, slots=True)
class ParsedResponseRequest:
    """One response that is asked for."""

    chat: ChatRequest
    items: tuple[JsonObject, ...]
    """The input of this turn."""
    context: tuple[JsonObject, ...]
    """Everything said before, and the input."""
    echo: JsonObject
    """The fields of the answer that repeat how it was asked for."""
    stream: bool = False
    store: bool = True
    """Whether later requests may refer to the response."""
    background: bool = False
    """Whether it is made while nobody waits for it."""


def unknown(body: JsonObject) -> list[str]:
    """Return the names of fields that have no effect here, in alphabetical order."""
    asked = {name for name, value in body.items() if value not in (None, False, {}, [])}
    return sorted(asked - _CHECKS.keys() - _KNOWN)


def previous_id(body: JsonObject) -> str | None:
    """Return the id of the response that is continued; None for none."""
    value = body.get("previous_response_id")
    return None if value is None else fields.text(value, "previous_response_id")


def read_response(
    body: JsonObject, controls: MockRequest, before: Sequence[JsonObject]
) -> ParsedResponseRequest:
    """Return the response that ``body`` and the controls ask for; ``before`` is what was said
    before.

    Raises ParameterError that names the field.
    """
    found = fields.read(body, _CHECKS)
    if found.get("background") and not found.get("store", True):
        raise wrong("store", False, "true: what is made in the background has to be kept")
    if body.get("input") is None and not before:
        raise missing("input")
    items = read_items(body.get("input") or [])
    context = [*before, *items]
    chat = _chat(body, found, context)
    read = read_chat(chat, controls, 1)
    return ParsedResponseRequest(
        chat=read.request,
        items=tuple(items),
        context=tuple(context),
        echo=_echo(body, found),
        stream=found.get("stream", False),
        store=found.get("store", True),
        background=found.get("background", False),
    )


def _chat(body: JsonObject, found: JsonObject, context: Sequence[JsonObject]) -> JsonObject:
    chat: JsonObject = {name: found[name] for name in _PASSED if name in found}
    chat["messages"] = to_messages(context, found.get("instructions"))
    if "max_output_tokens" in found:
        chat["max_completion_tokens"] = found["max_output_tokens"]
    if found.get("top_logprobs"):
        chat |= {"logprobs": True, "top_logprobs": found["top_logprobs"]}
    effort = found.get("reasoning", {}).get("effort")
    if effort is not None:
        chat["reasoning_effort"] = effort
    form = found.get("text", {}).get("format")
    if form is not None:
        chat["response_format"] = _response_format(fields.mapping(form, "text.format"))
    if body.get("tools"):
        chat["tools"] = _tools(body["tools"])
        chat |= _choice(body.get("tool_choice"))
        chat["tools"] = _allowed(body.get("tool_choice"), chat["tools"])
    return chat


def _response_format(form: JsonObject) -> JsonObject:
    if form.get("type") != "json_schema":
        return form
    if "schema" not in form:
        raise missing("text.format.schema")
    fields.schema(form["schema"], "text.format.schema")
    return {
        "type": "json_schema",
        "json_schema": {name: value for name, value in form.items() if name != "type"},
    }


def _tools(value: Json) -> list[JsonObject]:
    tools = []
    for i, one in enumerate(fields.sequence(value, "tools", most=512)):
        tool = fields.mapping(one, f"tools[{i}]")
        if tool.get("type") != "function":
            expected = "'function': tools that run on OpenAI's servers are not there"
            raise wrong(f"tools[{i}].type", tool.get("type"), expected)
        if "name" not in tool:
            raise missing(f"tools[{i}].name")
        function = {name: item for name, item in tool.items() if name != "type"}
        tools.append({"type": "function", "function": function})
    return tools


def _choice(value: Json) -> JsonObject:
    if value is None:
        return {}
    if isinstance(value, str):
        return {"tool_choice": value}
    choice = fields.mapping(value, "tool_choice")
    if choice.get("type") == "function":
        named = {"name": choice.get("name")}
        return {"tool_choice": {"type": "function", "function": named}}
    if choice.get("type") == "allowed_tools":
        return {"tool_choice": choice.get("mode", "auto")}
    raise ParameterError(
        "Invalid value for 'tool_choice.type': expected 'function' or 'allowed_tools'",
        "tool_choice.type",
    )


def _allowed(choice: Json, tools: list[JsonObject]) -> list[JsonObject]:
    """Return those of the tools that ``tool_choice`` leaves."""
    if not isinstance(choice, dict) or choice.get("type") != "allowed_tools":
        return tools
    listed = fields.sequence(choice.get("tools"), "tool_choice.tools", least=1, most=512)
    names = [fields.mapping(one, "tool_choice.tools").get("name") for one in listed]
    known = {tool["function"]["name"] for tool in tools}
    for name in names:
        if name not in known:
            raise wrong("tool_choice.tools", name, "the name of one of the tools")
    return [tool for tool in tools if tool["function"]["name"] in names]


def _echo(body: JsonObject, found: JsonObject) -> JsonObject:
    reasoning = found.get("reasoning", {})
    return {
        "background": found.get("background", False),
        "instructions": found.get("instructions"),
        "max_output_tokens": found.get("max_output_tokens"),
        "max_tool_calls": found.get("max_tool_calls"),
        "parallel_tool_calls": found.get("parallel_tool_calls", True),
        "previous_response_id": found.get("previous_response_id"),
        "prompt_cache_key": found.get("prompt_cache_key"),
        "reasoning": {"effort": reasoning.get("effort"), "summary": reasoning.get("summary")},
        "safety_identifier": found.get("safety_identifier"),
        "service_tier": found.get("service_tier", "default"),
        "store": found.get("store", True),
        "temperature": found.get("temperature", 1.0),
        "text": _echo_text(found.get("text", {})),
        "tool_choice": body.get("tool_choice") or "auto",
        "tools": [_echo_tool(tool) for tool in body.get("tools") or ()],
        "top_logprobs": found.get("top_logprobs", 0),
        "top_p": found.get("top_p", 1.0),
        "presence_penalty": found.get("presence_penalty", 0.0),
        "frequency_penalty": found.get("frequency_penalty", 0.0),
        "truncation": found.get("truncation", "disabled"),
        "user": found.get("user"),
        "metadata": found.get("metadata", {}),
    }


def _echo_text(text: JsonObject) -> JsonObject:
    form = text.get("format") or {"type": "text"}
    if form.get("type") == "json_schema":
        form = {"description": None, "strict": True, **form}
    return {"format": form, "verbosity": text.get("verbosity") or "medium"}


def _echo_tool(tool: JsonObject) -> JsonObject:
    return {"description": None, "parameters": None, "strict": None, **tool}
