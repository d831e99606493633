"""OpenAI's chats in Ollama's words, and Ollama's answers in OpenAI's.

https://github.com/ollama/ollama/blob/main/docs/openapi.yaml
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Final

from mockwright.backends.base import CHAT_FIELDS
from mockwright.backends.negotiate import form_in_words
from mockwright.backends.openai_chunks import (
    Pieces,
    arguments_of,
    assistant_message,
    object_of,
    objects,
    string_of,
    tool_call,
    whole_body,
)
from mockwright.backends.structured_output import Ask
from mockwright.chat.types import ChatRequest, text_of
from mockwright.errors import BackendError, UnsupportedError
from mockwright.settings import BackendSettings
from mockwright.types import Json, JsonObject, Usage

_ROLES: Final = {"developer": "system", "function": "tool"}
_OPTIONS: Final = (
    "temperature",
    "top_p",
    "top_k",
    "min_p",
    "presence_penalty",
    "frequency_penalty",
    "repeat_penalty",
)
"""Fields that are options of the same name; the third, fourth and last are not OpenAI's."""
SUPPORTED_FIELDS: Final = CHAT_FIELDS | {
    *_OPTIONS,
    "options",
    "logprobs",
    "top_logprobs",
    "think",
    "reasoning_effort",
}
"""The fields of a chat that are translated."""
_EFFORTS: Final[dict[str, bool | str]] = {"none": False, "minimal": "low", "xhigh": "high"}
_NO_PARAMETERS: Final = {"type": "object", "properties": {}}


def payload(request: ChatRequest, asked: Ask, settings: BackendSettings) -> JsonObject:
    """Return a chat as ``/api/chat`` takes it, but for ``stream``; raises UnsupportedError."""
    body = request.body
    messages = _messages(request.messages, settings.name)
    _add_to_system(messages, [form_in_words(request), _choice_in_words(request)])
    sent: JsonObject = {"model": settings.model, "messages": messages}
    if tools := _tools(request):
        sent["tools"] = tools
    set_format(sent, asked)
    if (think := _think(body)) is not None:
        sent["think"] = think
    for name in ("logprobs", "top_logprobs"):
        if body.get(name):
            sent[name] = body[name]
    return sent


def set_format(sent: JsonObject, asked: Ask) -> None:
    """Add the ``format`` that holds the answer to its form, where the mode has one."""
    if asked.mode == "schema":
        sent["format"] = asked.schema
    elif asked.mode == "json":
        sent["format"] = "json"


def options(request: ChatRequest, settings: BackendSettings, *, seed: bool) -> JsonObject:
    """Return the model's options: the caller's, in Ollama's words too, else the configured."""
    body = request.body
    own = body.get("options")
    given: JsonObject = {
        "num_ctx": settings.context_window,
        "num_predict": request.max_tokens or settings.max_tokens,
        "temperature": settings.temperature,
        "seed": request.seed if seed else None,
        "stop": list(request.stop) or None,
    }
    given |= {name: body[name] for name in _OPTIONS if body.get(name) is not None}
    given = {name: value for name, value in given.items() if value is not None}
    return {**given, **own} if isinstance(own, dict) else given


def _messages(messages: Sequence[JsonObject], backend: str) -> list[JsonObject]:
    names = {
        string_of(call.get("id")): string_of(object_of(call.get("function")).get("name"))
        for message in messages
        for call in objects(message.get("tool_calls"))
    }
    return [_message(message, names, backend) for message in messages]


def _message(message: JsonObject, names: dict[str, str], backend: str) -> JsonObject:
    role = _ROLES.get(message["role"], message["role"])
    sent: JsonObject = {"role": role, "content": text_of(message.get("content"))}
    if images := [_image(part, backend) for part in _parts_besides_text(message.get("content"))]:
        sent["images"] = images
    if thought := string_of(message.get("reasoning_content") or message.get("reasoning")):
        sent["thinking"] = thought
    if calls := objects(message.get("tool_calls")):
        sent["tool_calls"] = [_call(call) for call in calls]
    if role == "tool":
        id_ = string_of(message.get("tool_call_id"))
        sent["tool_name"] = string_of(message.get("name")) or names.get(id_, "")
        if id_:
            sent["tool_call_id"] = id_
    return sent


def _parts_besides_text(content: Json) -> list[JsonObject]:
    return [part for part in objects(content) if part.get("type") not in ("text", "refusal")]


def _image(part: JsonObject, backend: str) -> str:
    """Return an image in base64: Ollama looks nothing up."""
    source = part.get("image_url")
    url = source.get("url") if isinstance(source, dict) else source
    if isinstance(url, str) and url.startswith("data:") and ";base64," in url:
        return url.split(";base64,", 1)[1]
    kind = "an image that is not in a data: URL" if part.get("type") == "image_url" else "a part"
    fault = f"backend {backend!r} cannot take {kind} of type {str(part.get('type'))[:40]!r}"
    raise UnsupportedError(fault, backend=backend)


def _call(call: JsonObject) -> JsonObject:
    function = object_of(call.get("function"))
    sent: JsonObject = {
        "function": {
            "name": string_of(function.get("name")),
            "arguments": arguments_of(function.get("arguments")),
        }
    }
    id_ = string_of(call.get("id"))
    return {"id": id_, **sent} if id_ else sent


def _tools(request: ChatRequest) -> list[JsonObject]:
    # There is no "tool_choice": what must not be called is not shown.
    if request.tool_mode == "none":
        return []
    shown = [tool for tool in request.tools if request.tool_name in (None, tool.name)]
    return [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description,
                "parameters": tool.schema if isinstance(tool.schema, dict) else _NO_PARAMETERS,
            },
        }
        for tool in shown
    ]


def _choice_in_words(request: ChatRequest) -> str:
    if request.tool_mode != "required" or not request.tools:
        return ""
    called = f"the tool {request.tool_name!r}" if request.tool_name else "one of the tools"
    return f"Answer by calling {called}, not with text."


def _add_to_system(messages: list[JsonObject], words: Sequence[str]) -> None:
    """Add ``words`` to the system message, which some templates take only as the first."""
    text = "\n\n".join(filter(None, words))
    if not text:
        return
    if messages and messages[0]["role"] == "system":
        messages[0]["content"] = f"{messages[0]['content']}\n\n{text}"
    else:
        messages.insert(0, {"role": "system", "content": text})


def _think(body: JsonObject) -> bool | str | None:
    if (think := body.get("think")) is not None:
        return think if isinstance(think, bool | str) else None
    effort = body.get("reasoning_effort")
    return _EFFORTS.get(effort, effort) if isinstance(effort, str) else None


def usage_of(body: JsonObject) -> Usage | None:
    """Return the tokens of an answer, ``None`` where it tells none."""
    written = body.get("eval_count")
    # It is missing where the prompt was still in the cache.
    read = body.get("prompt_eval_count", 0)
    if not (isinstance(written, int) and isinstance(read, int)):
        return None
    return Usage(read, written)


def reply(body: JsonObject, message: JsonObject, asked: Ask) -> JsonObject:
    """Return a whole answer in OpenAI's form."""
    calls = _calls(message)
    answer = assistant_message(
        asked.restored(string_of(message.get("content"))), string_of(message.get("thinking")), calls
    )
    return whole_body(answer, _finish(body, called=bool(calls)), _logprobs(body))


async def chunks(
    events: AsyncGenerator[JsonObject], model: str, fault: Callable[[str], BackendError]
) -> AsyncGenerator[JsonObject]:
    """Yield a stream in OpenAI's form; raises ``fault`` where it breaks off or has an error."""
    pieces = Pieces(model)
    called = 0
    async with aclosing(events):
        async for event in events:
            if "error" in event:
                raise fault(str(event["error"]))
            message = message_of(event)
            calls = _calls(message, called)
            called += len(calls)
            if delta := _delta(message, calls):
                yield pieces.delta(delta, _logprobs(event))
            if event.get("done"):
                yield pieces.finish(_finish(event, called=called > 0))
                if usage := usage_of(event):
                    yield pieces.usage(usage)
                return
    raise fault("a stream without an end")


def message_of(body: JsonObject) -> JsonObject:
    """Return the message of an answer or event; empty where there is none."""
    message = body.get("message")
    return message if isinstance(message, dict) else {}


def _delta(message: JsonObject, calls: list[JsonObject]) -> JsonObject:
    delta: JsonObject = {}
    if thought := string_of(message.get("thinking")):
        delta["reasoning_content"] = thought
    if text := string_of(message.get("content")):
        delta["content"] = text
    if calls:
        delta["tool_calls"] = calls
    return delta


def _calls(message: JsonObject, first: int | None = None) -> list[JsonObject]:
    """Return the calls of a message; in a stream each with its index, from ``first`` on."""
    calls = [
        tool_call(
            string_of(function.get("name")),
            function.get("arguments") or {},
            string_of(call.get("id")),
        )
        for call in objects(message.get("tool_calls"))
        if (function := object_of(call.get("function")))
    ]
    if first is None:
        return calls
    return [{"index": first + i, **call} for i, call in enumerate(calls)]


def _finish(body: JsonObject, *, called: bool) -> str:
    # Ollama ends with "stop" also where it calls a tool, and with "load" where nothing was asked.
    return "tool_calls" if called else "length" if body.get("done_reason") == "length" else "stop"


def _logprobs(body: JsonObject) -> JsonObject | None:
    # The entries have the same fields in both protocols.
    entries = body.get("logprobs")
    return {"content": entries, "refusal": None} if isinstance(entries, list) and entries else None
