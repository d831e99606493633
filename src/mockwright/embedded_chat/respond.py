"""The embedded chat model: a conversation in, one message out.

What was asked for most plainly decides: a tool call, JSON that keeps to a schema, JSON that the
prompt describes in words, or text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from mockwright import jsontext
from mockwright.chat.tool_calls import call_id
from mockwright.chat.types import ChatRequest, Tool
from mockwright.embedded_chat.entities import extract_entities
from mockwright.embedded_chat.json_request import find_requested_schema, from_words
from mockwright.embedded_chat.logprobs import make_logprobs
from mockwright.embedded_chat.prose import speak, tell_results
from mockwright.embedded_chat.slot_filling import is_filled
from mockwright.embedded_chat.tool_choice import asked_calls, for_each, required_tool
from mockwright.embedded_chat.transcript import Transcript, read_transcript
from mockwright.embedded_chat.value_from_text import make_from_words
from mockwright.generator.interfaces import Hints, Realist
from mockwright.naming import tokens
from mockwright.rng import Rng
from mockwright.schema.validate import compile_schema
from mockwright.types import JsonObject

_CHARS_PER_TOKEN: Final = 4
"""Characters of a token, by the usual rule for English."""
# "return only a function call", "you must always use one of the tools"
_CALL_ORDERED: Final = re.compile(
    r"\b(?:return|answer|respond|reply)\b.{0,30}\b(?:only|with)\b.{0,30}"
    r"\b(?:tool|function) calls?\b"
    r"|\b(?:always|must)\b.{0,20}\b(?:call|use)\b.{0,30}\b(?:tools?|functions?)\b",
    re.IGNORECASE,
)
"""What a system prompt says where the answer is to be a call: "respond only with tool calls"."""


@dataclass(frozen=True, slots=True)
class EmbeddedReply:
    """One message, and why it ended."""

    message: JsonObject
    """The message in OpenAI's form."""
    finish_reason: str
    """OpenAI's word for why it ended: ``stop``, ``length`` or ``tool_calls``."""
    logprobs: JsonObject | None = None
    """Log probabilities of its pieces, where they were asked for."""


def answer(
    request: ChatRequest, *, seed: int, now: datetime, realist: Realist | None = None
) -> EmbeddedReply:
    """Return a message that keeps to the request, the same for the same arguments.

    Raises UnsatisfiableError where a schema allows no value.
    """
    return _Responder(request, seed, now, realist).answer()


class _Responder:
    def __init__(
        self, request: ChatRequest, seed: int, now: datetime, realist: Realist | None
    ) -> None:
        self.request = request
        self.transcript: Transcript = read_transcript(request)
        self.rng = Rng(seed).child(self.transcript.user[:2000], len(request.messages))
        self.now = now
        self.realist = realist

    def answer(self) -> EmbeddedReply:
        calls = self._tool_calls()
        if calls:
            message = {"role": "assistant", "content": None, "tool_calls": calls}
            return EmbeddedReply(message, "tool_calls")
        if self.request.form != "text":
            return self._reply(self._json_text(), "stop")
        return self._reply(*self._limited(self._plain_text()))

    def _reply(self, text: str, finish: str) -> EmbeddedReply:
        body = self.request.body
        top = body.get("top_logprobs")
        logprobs = (
            make_logprobs(text, self.rng.child("logprobs"), top if isinstance(top, int) else 0)
            if body.get("logprobs") is True
            else None
        )
        return EmbeddedReply({"role": "assistant", "content": text}, finish, logprobs)

    # Tools.

    def _tool_calls(self) -> list[JsonObject]:
        wanted = self._wanted_calls()
        if not self.request.parallel_tools:
            wanted = wanted[:1]
        return [self._tool_call(tool, words, index) for index, (tool, words) in enumerate(wanted)]

    def _wanted_calls(self) -> list[tuple[Tool, str]]:
        request, said = self.request, extract_entities(self.transcript.user)
        if not request.tools or request.tool_mode == "none":
            return []
        if request.tool_name is not None:
            named = next((t for t in request.tools if t.name == request.tool_name), None)
            return for_each(named, said) if named else []
        called = frozenset(result.tool for result in self.transcript.results)
        if request.tool_mode == "required":
            asked = [] if called else asked_calls(request.tools, said)
            return asked or [(required_tool(request.tools, said, called), said.text)]
        # The results are there: what is left is to speak of them.
        if called:
            return []
        if asked := asked_calls(request.tools, said):
            return asked
        if _CALL_ORDERED.search(self.transcript.system):
            return [(required_tool(request.tools, said, called), said.text)]
        # No tool's name was spoken of, but one of them was given all that it takes.
        return [(tool, said.text) for tool in request.tools if is_filled(tool, said)][:1]

    def _tool_call(self, tool: Tool, words: str, index: int) -> JsonObject:
        rng = self.rng.child("call", index)
        if self.transcript.results:
            words = self._source_words()
        arguments = self._make_value(tool.schema, words, tool.name, rng)
        return {
            "id": call_id(rng.child("id")),
            "type": "function",
            "function": {"name": tool.name, "arguments": jsontext.dump(arguments).decode()},
        }

    # JSON.

    def _json_text(self) -> str:
        rng = self.rng.child("json")
        if self.request.form == "json_schema":
            return self._value_text(self.request.schema, rng, self._schema_name())
        wanted = find_requested_schema(self.transcript)
        schema = wanted.schema if wanted else from_words(self.transcript.user, whole=True)
        if not (isinstance(schema, dict) and schema.get("type") == "object"):
            schema = from_words(self.transcript.user, whole=True)
        return self._value_text(schema, rng, "")

    def _value_text(self, schema: JsonObject | bool, rng: Rng, name: str) -> str:
        return jsontext.dump(self._make_value(schema, self._source_words(), name, rng)).decode()

    def _source_words(self) -> str:
        """Return the text that values are read from: the results of tools, and the user's words."""
        return "\n".join(
            [*(result.text for result in self.transcript.results), self.transcript.user]
        )

    def _schema_name(self) -> str:
        stated = (self.request.body.get("response_format") or {}).get("json_schema") or {}
        name = stated.get("name")
        title = self.request.schema.get("title") if isinstance(self.request.schema, dict) else None
        return title if isinstance(title, str) else name if isinstance(name, str) else ""

    def _make_value(self, schema: JsonObject | bool, words: str, name: str, rng: Rng) -> object:
        compile_schema(schema)
        path = "/" + "_".join(tokens(name)[-3:]) if name else "/"
        hints = Hints("POST", path, (), words or None, self.request.locale, self.now)
        return make_from_words(schema, seed=rng.seed >> 11, hints=hints, realist=self.realist)

    # Text.

    def _plain_text(self) -> str:
        wanted = find_requested_schema(self.transcript)
        if wanted is not None:
            text = self._value_text(wanted.schema, self.rng.child("json"), "")
            return f"```json\n{text}\n```" if wanted.fenced else text
        if self.transcript.results:
            return tell_results(self.transcript, self.rng, self.request.locale)
        return speak(self.transcript, self.rng, self.request.locale)

    def _limited(self, text: str) -> tuple[str, str]:
        """Return the text up to the first stop word and the allowed tokens, and why it ends."""
        ends = [at for stop in self.request.stop if stop and (at := text.find(stop)) >= 0]
        text = text[: min(ends)] if ends else text
        most = self.request.max_tokens
        if most is not None and len(text) > most * _CHARS_PER_TOKEN:
            return text[: most * _CHARS_PER_TOKEN], "length"
        return text, "stop"
