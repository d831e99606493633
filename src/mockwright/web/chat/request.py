"""A chat request in the form of OpenAI's chat completions, read into a ChatRequest.

Other surfaces translate what they are sent into this form first.
https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, cast

from mockwright.chat.types import ChatRequest, Form, Tool, ToolMode
from mockwright.errors import ParameterError
from mockwright.types import Json, JsonObject, MockRequest
from mockwright.web.chat import fields
from mockwright.web.chat.fields import missing, wrong

_ROLES: Final = ("system", "developer", "user", "assistant", "tool", "function")
_PARTS: Final = ("text", "image_url", "input_audio", "file", "refusal")
"""Types of content parts, each of which has a member of that name."""
_MAX_MESSAGES: Final = 10_000
_MAX_TOOLS: Final = 512
_OWN: Final = frozenset({"model", "stream", "stream_options"})
"""Fields that are the gateway's business, and are not passed on to a model server."""

_CHECKS: Final[dict[str, fields.Check]] = {
    "temperature": fields.number(0, 2),
    "top_p": fields.number(0, 1),
    "presence_penalty": fields.number(-2, 2),
    "frequency_penalty": fields.number(-2, 2),
    "max_tokens": fields.integer(1, 2**31),
    "max_completion_tokens": fields.integer(1, 2**31),
    "seed": fields.integer(-(2**63), 2**63 - 1),
    "stream": fields.boolean,
    "stream_options": fields.mapping,
    "logprobs": fields.boolean,
    "top_logprobs": fields.integer(0, 20),
    "logit_bias": fields.mapping,
    "user": fields.text,
    "metadata": fields.mapping,
    "parallel_tool_calls": fields.boolean,
    "response_format": fields.mapping,
}


@dataclass(frozen=True, slots=True)
class ParsedChat:
    """What one chat call asks for."""

    request: ChatRequest
    stream: bool = False
    include_usage: bool = False
    """Whether a stream is to end with a chunk for the usage."""


def read_chat(
    body: JsonObject, controls: MockRequest, max_choices: int, max_stops: int = 4
) -> ParsedChat:
    """Return the request that ``body`` and the controls make together.

    ``max_choices`` and ``max_stops`` bound ``n`` and ``stop``. Raises ParameterError that names the
    field, as OpenAI does.
    """
    own = {"n": fields.integer(1, max_choices), "stop": fields.stops(max_stops)}
    found = fields.read(body, {**_CHECKS, **own})
    if found.get("top_logprobs") and not found.get("logprobs"):
        raise ParameterError(
            "'top_logprobs' needs 'logprobs' to be true", "top_logprobs", "invalid_value"
        )
    if body.get("stream_options") is not None and not found.get("stream"):
        raise ParameterError(
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
            "stream_options",
        )
    messages = read_messages(body)
    tools = _tools(body)
    mode, only = _choice(body, tools)
    tools = _allowed(body.get("tool_choice"), tools)
    form, schema = _form(found.get("response_format"))
    seed = controls.seed if controls.seed is not None else found.get("seed")
    kept = {name: value for name, value in body.items() if name not in _OWN}
    if seed is not None:
        kept["seed"] = seed
    request = ChatRequest(
        body=kept,
        messages=messages,
        tools=tools,
        tool_mode=mode,
        tool_name=only,
        parallel_tools=found.get("parallel_tool_calls", True),
        form=form,
        schema=schema,
        choices=found.get("n", 1),
        seed=seed,
        stop=found.get("stop", ()),
        max_tokens=found.get("max_completion_tokens", found.get("max_tokens")),
        locale=controls.locale or "en",
    )
    options = found.get("stream_options", {})
    include = fields.read(options, {"include_usage": fields.boolean}).get("include_usage", False)
    return ParsedChat(request, found.get("stream", False), include)


def read_messages(body: JsonObject) -> tuple[JsonObject, ...]:
    """Return the messages of a conversation, each with a known role and readable content.

    Raises ParameterError.
    """
    if "messages" not in body:
        raise missing("messages")
    listed = fields.sequence(body["messages"], "messages", least=1, most=_MAX_MESSAGES)
    return tuple(_message(one, f"messages[{i}]") for i, one in enumerate(listed))


def _message(value: Json, place: str) -> JsonObject:
    message = fields.mapping(value, place)
    if "role" not in message:
        raise missing(f"{place}.role")
    role = fields.one_of(*_ROLES)(message["role"], f"{place}.role")
    calls = message.get("tool_calls")
    if role == "assistant" and calls is not None:
        for i, call in enumerate(fields.sequence(calls, f"{place}.tool_calls", most=_MAX_TOOLS)):
            _tool_call(call, f"{place}.tool_calls[{i}]")
    if role == "tool":
        if "tool_call_id" not in message:
            raise missing(f"{place}.tool_call_id")
        fields.text(message["tool_call_id"], f"{place}.tool_call_id")
    _content(message, place, optional=role == "assistant")
    return message


def _content(message: JsonObject, place: str, *, optional: bool) -> None:
    content = message.get("content")
    if content is None:
        if not optional:
            raise wrong(f"{place}.content", content, "a string or an array of parts")
        return
    if isinstance(content, str):
        return
    for i, part in enumerate(fields.sequence(content, f"{place}.content")):
        where = f"{place}.content[{i}]"
        kind = fields.mapping(part, where).get("type")
        if kind not in _PARTS:
            raise wrong(f"{where}.type", kind, "one of " + ", ".join(map(repr, _PARTS)))
        if kind not in part:
            raise missing(f"{where}.{kind}")
        # The part's own member has its name: `{"type": "image_url", "image_url": {...}}`.
        (fields.text if kind in ("text", "refusal") else fields.mapping)(
            part[kind], f"{where}.{kind}"
        )


def _tool_call(value: Json, place: str) -> None:
    call = fields.mapping(value, place)
    function = fields.mapping(call.get("function", call.get("custom")), f"{place}.function")
    fields.text(function.get("name"), f"{place}.function.name")


def _tools(body: JsonObject) -> tuple[Tool, ...]:
    listed = body.get("tools")
    if listed is None:
        legacy = body.get("functions")
        listed = None if legacy is None else _functions_as_tools(legacy)
    if listed is None:
        return ()
    return tuple(
        read_tool(one, f"tools[{i}]")
        for i, one in enumerate(fields.sequence(listed, "tools", least=1, most=_MAX_TOOLS))
    )


def _functions_as_tools(functions: Json) -> list[JsonObject]:
    # `functions` is what OpenAI had before it had `tools`.
    listed = fields.sequence(functions, "functions", least=1, most=_MAX_TOOLS)
    return [{"type": "function", "function": one} for one in listed]


def read_tool(value: Json, place: str) -> Tool:
    """Return one function that a model may call; raises ParameterError."""
    tool = fields.mapping(value, place)
    kind = tool.get("type")
    if kind != "function":
        raise wrong(f"{place}.type", kind, "'function'")
    function = fields.mapping(tool.get("function"), f"{place}.function")
    if "name" not in function:
        raise missing(f"{place}.function.name")
    parameters = function.get("parameters")
    description = function.get("description")
    return Tool(
        name=fields.name(function["name"], f"{place}.function.name"),
        schema=arguments_schema(parameters, f"{place}.function.parameters"),
        description=description if isinstance(description, str) else "",
    )


def arguments_schema(parameters: Json, place: str) -> JsonObject:
    """Return the JSON Schema of a tool's arguments, which are an object in any case."""
    if parameters is None or parameters == {}:
        return {"type": "object", "properties": {}}
    schema = fields.schema(fields.mapping(parameters, place), place)
    if not isinstance(schema, dict):
        raise wrong(place, parameters, "a JSON Schema of an object")
    return schema if "type" in schema else {"type": "object", **schema}


def _choice(body: JsonObject, tools: tuple[Tool, ...]) -> tuple[ToolMode, str | None]:
    """Return whether tools may or must be called, and which one must be."""
    choice = body.get("tool_choice", body.get("function_call"))
    if choice is None:
        return "auto", None
    if not tools:
        if choice in ("none", "auto"):
            return "auto", None
        raise ParameterError(
            "'tool_choice' is only allowed when 'tools' are specified", "tool_choice"
        )
    if isinstance(choice, str):
        mode = fields.one_of("auto", "none", "required")(choice, "tool_choice")
        return cast("ToolMode", mode), None
    chosen = fields.mapping(choice, "tool_choice")
    if chosen.get("type") == "allowed_tools":
        allowed = fields.mapping(chosen.get("allowed_tools"), "tool_choice.allowed_tools")
        mode = fields.one_of("auto", "required")(allowed.get("mode"), "tool_choice.mode")
        return cast("ToolMode", mode), None
    named = fields.mapping(chosen.get("function", chosen), "tool_choice.function").get("name")
    if named not in {tool.name for tool in tools}:
        raise wrong("tool_choice.function.name", named, "the name of one of the tools")
    return "required", str(named)


def _allowed(choice: Json, tools: tuple[Tool, ...]) -> tuple[Tool, ...]:
    """Return those of the tools that ``tool_choice`` leaves."""
    if not isinstance(choice, dict) or choice.get("type") != "allowed_tools" or not tools:
        return tools
    place = "tool_choice.allowed_tools.tools"
    listed = fields.sequence(choice["allowed_tools"].get("tools"), place, least=1, most=_MAX_TOOLS)
    names = []
    for one in listed:
        told = fields.mapping(one, place)
        name = fields.mapping(told.get("function", told), place).get("name")
        if name not in {tool.name for tool in tools}:
            raise wrong(place, name, "the name of one of the tools")
        names.append(name)
    return tuple(tool for tool in tools if tool.name in names)


def _form(form: JsonObject | None) -> tuple[Form, JsonObject | bool]:
    if form is None:
        return "text", True
    kind = fields.one_of("text", "json_object", "json_schema")(
        form.get("type"), "response_format.type"
    )
    if kind != "json_schema":
        return cast("Form", kind), True
    place = "response_format.json_schema"
    if "json_schema" not in form:
        raise missing(place)
    told = fields.mapping(form["json_schema"], place)
    if "name" not in told:
        raise missing(f"{place}.name")
    fields.name(told["name"], f"{place}.name")
    return "json_schema", fields.schema(told.get("schema", True), f"{place}.schema")
