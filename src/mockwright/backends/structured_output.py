"""How a form is asked for, and what is learned when a server refuses the way it was asked.

Servers that speak one protocol differ in the parameters they take, and tell so with a 400. Each
such answer is acted on at once, within the same attempt, and remembered for the next.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

import orjson

from mockwright import jsontext
from mockwright.backends.base import Profile
from mockwright.errors import BackendStatusError
from mockwright.prompting.render import Prompt, reduce_schema, render
from mockwright.types import CompletionMode, Json, JsonObject, Task

Parameter: TypeAlias = Literal[
    "seed", "temperature", "max_tokens", "max_completion_tokens", "stream_options"
]

_FORM = re.compile(r"response_?format|json_?schema|\bschema|json.?mode|grammar|structured|format")
_REFUSAL = re.compile(
    r"not.{0,20}support|unsupport|unrecogni[sz]ed|unknown|unexpected|extra|not permitted"
    r"|not allowed|only the default|unavailable|instead"
)
# The mode is understood, and this one schema or prompt is not: llama.cpp, OpenAI.
_ONE_SCHEMA = re.compile(
    r"schema error|schema conversion|invalid schema|parse grammar|must contain the word"
)
_PARAMETERS: Final[tuple[Parameter, ...]] = (
    "max_completion_tokens",
    "max_tokens",
    "temperature",
    "seed",
    "stream_options",
)
# Models that think count their thoughts too, and want the parameter that says so; older servers
# know only the other.
_OTHER_NAME: Final[dict[Parameter, Parameter]] = {
    "max_tokens": "max_completion_tokens",
    "max_completion_tokens": "max_tokens",
}
_STEP: Final[dict[CompletionMode, CompletionMode]] = {"schema": "json", "json": "prompt"}


@dataclass(frozen=True, slots=True)
class Ask:
    """A task, or a chat's form, as it is put in one mode."""

    mode: CompletionMode
    prompt: Prompt
    schema: Json = None
    """What the server is told to enforce, in schema mode: as much as it can."""
    restore: Callable[[Json], Json] | None = None
    """Leads an answer to :attr:`schema` back to the caller's; ``None`` where they are the same."""

    @property
    def messages(self) -> list[JsonObject]:
        """The prompt as every chat protocol takes it."""
        texts = (("system", self.prompt.system), ("user", self.prompt.user))
        return [{"role": role, "content": text} for role, text in texts if text]

    @property
    def text(self) -> str:
        """Both messages as one text, for the journal."""
        return f"{self.prompt.system}\n\n{self.prompt.user}".strip()

    def restored(self, answer: str) -> str:
        """Return ``answer`` in the caller's form, where the schema sent was another.

        What cannot be read as JSON is left as it is: mending it is not this layer's business.
        """
        if self.restore is None:
            return answer
        try:
            sent = orjson.loads(answer)
        except orjson.JSONDecodeError:
            return answer
        restored = self.restore(sent)
        return answer if restored == sent else jsontext.dump(restored).decode()


def ask(task: Task, mode: CompletionMode, profile: Profile) -> Ask:
    """Return ``task`` as it is put to a model with ``profile``."""
    prompt = render(task, mode, profile.dialect)
    if mode != "schema":
        return Ask(mode, prompt)
    reduced = reduce_schema(task.schema, profile.dialect)
    return Ask(mode, prompt, reduced.schema, reduced.restore)


class CapabilityCache:
    """What one backend can do: as configured, and as its refusals have taught since."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self._renamed: dict[Parameter, Parameter] = {}
        self._dropped: set[Parameter] = set()
        self._proven: set[CompletionMode] = set()

    def prove(self, mode: CompletionMode) -> None:
        """Note that ``mode`` has worked: a later refusal concerns one schema, not the server."""
        self._proven.add(mode)

    def fit(self, payload: JsonObject) -> None:
        """Leave out of ``payload`` what the server does not take, or name it as it wants."""
        for old, new in self._renamed.items():
            if old in payload:
                value = payload.pop(old)
                payload.setdefault(new, value)
        if not self.profile.seed:
            payload.pop("seed", None)
        for parameter in self._dropped:
            payload.pop(parameter, None)

    def step_down(self, mode: CompletionMode, error: BackendStatusError) -> CompletionMode | None:
        """Return the next laxer mode where ``error`` is about how the form was asked for."""
        body = error.body.lower()
        if mode not in _STEP or not _FORM.search(body):
            return None
        if mode not in self._proven and not _ONE_SCHEMA.search(body):
            self._forget(mode)
        lower = _STEP[mode]
        return lower if lower != "json" or self.profile.json_mode else "prompt"

    def adapt(self, sent: JsonObject, error: BackendStatusError) -> bool:
        """Give up what ``error`` refused of ``sent``; return whether there was any such thing."""
        body = error.body.lower()
        if not _REFUSAL.search(body):
            return False
        for parameter in _PARAMETERS:
            if parameter in sent and re.search(rf"\b{parameter}\b", body):
                self._give_up(parameter)
                return True
        return False

    def _forget(self, mode: CompletionMode) -> None:
        if mode == "schema":
            self.profile = replace(self.profile, json_schema=False)
        else:
            self.profile = replace(self.profile, json_mode=False)

    def _give_up(self, parameter: Parameter) -> None:
        other = _OTHER_NAME.get(parameter)
        if other is None:
            self._dropped.add(parameter)
        elif self._renamed.get(other) == parameter:
            self._dropped |= {parameter, other}
        else:
            self._renamed[parameter] = other
