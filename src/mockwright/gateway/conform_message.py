"""Makes a model's message conform to the chat request that it answers.

The text is held to its schema, and the arguments of each tool call to the schema of the tool, by
the steps that the answers of the mock surface go through: extract, coerce, fill. What conforms
already is left byte for byte. Repairs are recorded with JSON pointers into the message:
``/content/users/0/age``, ``/tool_calls/0/function/arguments/city``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Final

from mockwright import jsontext
from mockwright.chat.tool_calls import call_id, read
from mockwright.chat.types import ChatRequest, Conformed, Tool, text_of
from mockwright.conformance import verify
from mockwright.embedded_chat.entities import extract_entities
from mockwright.embedded_chat.tool_choice import choose_tool
from mockwright.embedded_chat.value_from_text import make_from_words
from mockwright.extraction.extract import extract
from mockwright.generator.interfaces import Hints, Realist
from mockwright.naming import tokens
from mockwright.rng import Rng
from mockwright.schema.edit import count_leaves
from mockwright.schema.validate import compile_schema
from mockwright.types import MISSING, Completion, Json, JsonObject, Repair, Task

_NEAR: Final = 0.6
"""How similar, from 0 to 1, a tool's name has to be to be taken for another one (difflib's ratio).
"""
_ANY_OBJECT: Final[JsonObject] = {"type": "object"}
_MAX_CALLS: Final = 128
"""Tool calls of one message that are read, the same number as the tools a request may bring to
OpenAI."""


def conform_message(
    message: JsonObject,
    request: ChatRequest,
    *,
    seed: int,
    hints: Hints,
    realist: Realist | None = None,
) -> Conformed:
    """Return ``message`` with valid content and tool calls; the same object where it is valid
    already.

    ``seed`` decides what is made where something is missing. A refusal is left alone. Raises
    UnsatisfiableError where a schema allows no value.
    """
    if not request.bound or message.get("refusal"):
        return Conformed(message)
    return _Conforming(request, Rng(seed), hints, realist).message(message)


@dataclass(slots=True)
class _Conforming:
    """One message on its way to conform, and the count of what was changed."""

    request: ChatRequest
    rng: Rng
    hints: Hints
    realist: Realist | None
    repairs: list[Repair] = field(default_factory=list)
    filled: int = 0
    leaves: int = 0
    """How many scalar values the content and the arguments have together."""
    kept: float = 0.0
    """How many of ``leaves`` are sent as the model wrote them."""

    def message(self, message: JsonObject) -> Conformed:
        said = message.get("tool_calls")
        listed = [call for call in said if isinstance(call, dict)] if isinstance(said, list) else []
        calls = self._conform_calls(listed[:_MAX_CALLS])
        content = message.get("content")
        if not calls and self.request.tool_mode == "required" and self.request.tools:
            calls, content = self._required_call(content)
        # A message that calls tools may have text beside them, but need not.
        if calls:
            content = self._conform_content(content) if text_of(content).strip() else content
        else:
            content = self._conform_content(content)
        return self._finished(message, said, calls, content)

    def _finished(
        self, message: JsonObject, said: Json, calls: list[JsonObject], content: Json
    ) -> Conformed:
        quality = self.kept / self.leaves if self.leaves else 1.0
        # The very same message tells the caller that nothing has to be written anew.
        same = content is message.get("content") and (calls == said or not (calls or said))
        if same:
            return Conformed(message, tuple(self.repairs), self.filled, quality)
        mended = {**message, "content": content}
        mended.pop("tool_calls", None)
        if calls:
            mended["tool_calls"] = calls
        return Conformed(mended, tuple(self.repairs), self.filled, quality)

    # The text.

    def _conform_content(self, content: Json) -> Json:
        if self.request.form == "text":
            return "" if content is None and not self.request.tools else content
        schema = self.request.schema if self.request.form == "json_schema" else _ANY_OBJECT
        return self._conform_json(text_of(content), schema, "/content")

    def _conform_json(self, text: str, schema: JsonObject | bool, pointer: str) -> str:
        """Return JSON text that is valid against ``schema``: ``text`` itself where it is valid.

        Valid text is not written anew, since that would change its spacing and the form of its
        numbers.
        """
        value = read(text)
        if value is not MISSING and compile_schema(schema).is_valid(value):
            self._count(value, 0)
            return text
        value = self._repaired(text, schema, pointer)
        return jsontext.dump(value).decode()

    def _repaired(self, text: str, schema: JsonObject | bool, pointer: str) -> Json:
        task = Task(schema=schema, prompt=self.hints.prompt)
        completion = Completion(backend="", provider="", model="", text=text)
        seed = self.rng.child("fill", pointer).seed >> 11
        candidate = verify.verify(completion, task)
        # Prose instead of JSON: a value is made that takes up the words of the prompt.
        if any(violation.code == "unreadable" for violation in candidate.remaining):
            value = make_from_words(schema, seed=seed, hints=self.hints, realist=self.realist)
            made = count_leaves(value)
            self._record(Repair(pointer, "filled", text or MISSING, value), made)
            self._count(value, made)
            return value
        filled = verify.complete(candidate, task, seed, self.hints, self.realist)
        for repair in filled.repairs:
            self._record(replace(repair, pointer=pointer + repair.pointer))
        self.filled += filled.filled
        self._count(filled.value, len(candidate.repairs) + filled.filled)
        return filled.value

    # The calls.

    def _conform_calls(self, said: Sequence[JsonObject]) -> list[JsonObject]:
        kept: list[JsonObject] = []
        for index, call in enumerate(said):
            pointer = f"/tool_calls/{index}"
            tool = self._tool_of(call, pointer)
            if tool is None or (kept and not self.request.parallel_tools):
                self._record(Repair(pointer, "dropped", call, MISSING))
                continue
            kept.append(self._conform_call(call, tool, pointer, {str(k.get("id")) for k in kept}))
        return kept

    def _tool_of(self, call: JsonObject, pointer: str) -> Tool | None:
        """Return the tool that a call means, if it may be called; None where the call is to be
        dropped."""
        function = call.get("function")
        name = function.get("name") if isinstance(function, dict) else None
        if self.request.tool_mode == "none" or not isinstance(name, str):
            return None
        tool = nearest_tool(name, self.request.tools)
        if tool is None or self.request.tool_name not in (None, tool.name):
            return None
        if tool.name != name:
            self._record(Repair(f"{pointer}/function/name", "renamed", name, tool.name))
        return tool

    def _conform_call(
        self, call: JsonObject, tool: Tool, pointer: str, taken: set[str]
    ) -> JsonObject:
        # Results are matched to calls by their ids, so each call needs one of its own.
        identity = call.get("id")
        if not isinstance(identity, str) or not identity or identity in taken:
            identity = call_id(self.rng.child("id", pointer))
            self._record(Repair(f"{pointer}/id", "filled", call.get("id", MISSING), identity))
        said = call["function"].get("arguments")
        text = (
            said if isinstance(said, str) else jsontext.dump({} if said is None else said).decode()
        )
        place = f"{pointer}/function/arguments"
        arguments = self._conform_json(text or "{}", tool.schema, place)
        if not isinstance(said, str) and said is not None:
            self._record(Repair(place, "coerced", said, arguments))
        function = {**call["function"], "name": tool.name, "arguments": arguments}
        return {**call, "id": identity, "type": "function", "function": function}

    def _required_call(self, content: Json) -> tuple[list[JsonObject], Json]:
        """Return the call that the request demands and the model did not make, and the remaining
        content.

        The call is read from the text if the model wrote it there, else made.
        """
        tools = self.request.tools
        if self.request.tool_name is not None:
            tools = tuple(tool for tool in tools if tool.name == self.request.tool_name)
        text = text_of(content)
        found = _call_in(text, tools)
        if found is not None:
            tool, value = found
            told = value if isinstance(value, str) else jsontext.dump(value).decode()
            call = {"id": call_id(self.rng.child("id", 0)), "type": "function"}
            place = "/tool_calls/0/function/arguments"
            arguments = self._conform_json(told, tool.schema, place)
            made = {**call, "function": {"name": tool.name, "arguments": arguments}}
            self._record(Repair("/tool_calls/0", "unwrapped", text, made))
            return [made], None
        return [self._make_call(tools)], content or None

    def _make_call(self, tools: Sequence[Tool]) -> JsonObject:
        tool = choose_tool(tools, extract_entities(self.hints.prompt or ""))
        seed = self.rng.child("call", tool.name).seed >> 11
        value = make_from_words(tool.schema, seed=seed, hints=self.hints, realist=self.realist)
        call = {
            "id": call_id(self.rng.child("id", 0)),
            "type": "function",
            "function": {"name": tool.name, "arguments": jsontext.dump(value).decode()},
        }
        self._record(Repair("/tool_calls/0", "filled", MISSING, call), count_leaves(value))
        self._count(value, count_leaves(value))
        return call

    def _record(self, repair: Repair, filled: int = 0) -> None:
        self.repairs.append(repair)
        self.filled += filled

    def _count(self, value: Json, changed: int) -> None:
        leaves = max(1, count_leaves(value))
        self.leaves += leaves
        self.kept += max(0, leaves - changed)


def nearest_tool(name: str, tools: Sequence[Tool]) -> Tool | None:
    """Return the tool of that name, else the one with the most similar name, if any is similar.

    Case and separators do not count: ``functions.getWeather`` means ``get_weather``.
    """
    named = {tool.name: tool for tool in tools}
    if name in named:
        return named[name]
    bare = {"_".join(tokens(tool.name)): tool for tool in tools}
    # Some models repeat the namespace that OpenAI's own prompt format puts before each tool. The
    # bound keeps difflib, which is quadratic, from a model that rambles.
    asked = "_".join(tokens(name[:200].removeprefix("functions.")))
    near = get_close_matches(asked, bare, 1, _NEAR)
    return bare[near[0]] if near else None


def _call_in(text: str, tools: Sequence[Tool]) -> tuple[Tool, Json] | None:
    """Return the tool and arguments of a call that a model wrote as text; None where there is none.

    The usual forms: ``{"name": ..., "arguments": {...}}``, ``parameters`` or ``args`` for the
    latter, either of them below ``function``, ``{"tool": ...}``; and bare arguments that fit one
    tool.
    """
    found = extract(text) if text.strip() else None
    value = found.value if found else None
    # Several calls in a list: one is enough to keep to the request.
    if isinstance(value, list) and value:
        value = value[0]
    if not isinstance(value, dict):
        return None
    inner = value.get("function")
    told = inner if isinstance(inner, dict) else value
    name = told.get("name") or (inner if isinstance(inner, str) else None) or value.get("tool")
    tool = nearest_tool(name, tools) if isinstance(name, str) else None
    arguments = told.get("arguments", told.get("parameters", told.get("args", MISSING)))
    if tool is not None and arguments is not MISSING:
        return tool, arguments
    return next(
        ((tool, value) for tool in tools if compile_schema(tool.schema).is_valid(value)), None
    )
