from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from mockwright import app as composed
from mockwright.app import create_app
from mockwright.errors import BackendTimeoutError
from mockwright.settings import BackendSettings, ScriptedReply, Settings, TelemetrySettings
from mockwright.telemetry import remote_parent
from mockwright.telemetry.spans import Spans, build_spans

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
HEADER = (b"traceparent", f"00-{TRACE_ID}-b7ad6b7169203331-01".encode())


@dataclass
class Seen:
    """The spans that ended, by name."""

    observe: Spans
    ended: dict[str, ReadableSpan]

    def attributes(self, name: str) -> Mapping[str, Any]:
        return self.ended[name].attributes or {}

    def parent(self, name: str) -> str | None:
        """The name of the span that it is part of."""
        parent = self.ended[name].parent
        if parent is None:
            return None
        ids = {_id(span): name for name, span in self.ended.items()}
        return ids.get(parent.span_id, "remote")


def _id(span: ReadableSpan) -> int:
    context = span.get_span_context()
    assert context is not None
    return context.span_id


@asynccontextmanager
async def seeing() -> AsyncIterator[Seen]:
    exporter = InMemorySpanExporter()
    seen = Seen(build_spans("tested", exporter), {})
    yield seen
    await seen.observe.aclose()
    seen.ended |= {span.name: span for span in exporter.get_finished_spans()}


async def test_a_call_is_told_as_the_conventions_name_it() -> None:
    async with seeing() as seen:
        with seen.observe("chat", operation="chat", provider="azure", stage="a.b") as span:
            span.tell(model="gpt-4o", response_model="gpt-4o-2024", input_tokens=3, output_tokens=4)
            span.tell(cost_usd=0.5, quality=None)
    assert seen.attributes("chat gpt-4o") == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "azure.ai.openai",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.response.model": "gpt-4o-2024",
        "gen_ai.usage.input_tokens": 3,
        "gen_ai.usage.output_tokens": 4,
        "mockwright.stage": "a.b",
        "mockwright.cost_usd": 0.5,
    }
    ended = seen.ended["chat gpt-4o"]
    assert ended.kind is SpanKind.CLIENT
    assert ended.status.status_code is StatusCode.UNSET
    assert ended.resource.attributes["service.name"] == "tested"


async def test_what_is_not_listed_never_goes_into_a_span() -> None:
    async with seeing() as seen:
        with seen.observe("a", prompt="hunter2", flow={"name": "x"}, stage="x" * 1000) as span:
            span.tell(answer="hunter2", text="hunter2")
    assert seen.attributes("a") == {"mockwright.stage": "x" * 256}


async def test_spans_nest_as_the_tasks_that_make_them() -> None:
    async def branch(name: str) -> None:
        with seen.observe(name):
            await asyncio.sleep(0)
            with seen.observe(f"{name} inner"):
                await asyncio.sleep(0)

    async with seeing() as seen:
        with seen.observe("request"):
            await asyncio.gather(branch("one"), branch("two"))
    assert seen.parent("request") is None
    assert (seen.parent("one"), seen.parent("two")) == ("request", "request")
    assert (seen.parent("one inner"), seen.parent("two inner")) == ("one", "two")
    kinds = [seen.ended[name].kind for name in ("request", "one", "one inner")]
    assert kinds == [SpanKind.SERVER, SpanKind.INTERNAL, SpanKind.INTERNAL]


@pytest.mark.parametrize(
    ("error", "told"),
    [(BackendTimeoutError("took hunter2"), "timeout"), (ValueError("hunter2"), "ValueError")],
)
async def test_an_exception_marks_a_span_by_its_kind_and_not_its_text(
    error: Exception, told: str
) -> None:
    async with seeing() as seen:
        with pytest.raises(type(error)), seen.observe("a"):
            raise error
    span = seen.ended["a"]
    assert seen.attributes("a") == {"error.type": told}
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, None)
    assert span.events == ()


async def test_a_sentence_is_no_type_of_error() -> None:
    async with seeing() as seen:
        with seen.observe("sentence") as span:
            span.tell(error="backend 'a' said hunter2")
        with seen.observe("code", error="status_503"):
            pass
    assert seen.attributes("sentence") == {"error.type": "_OTHER"}
    assert seen.attributes("code") == {"error.type": "status_503"}
    assert seen.ended["sentence"].status.status_code is StatusCode.ERROR


async def test_what_is_cancelled_is_no_error() -> None:
    async def waits() -> None:
        with seen.observe("a"):
            await asyncio.sleep(60)

    async with seeing() as seen:
        task = asyncio.create_task(waits())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert seen.attributes("a") == {"mockwright.cancelled": True}
    assert seen.ended["a"].status.status_code is StatusCode.UNSET


async def test_the_first_span_is_within_the_callers() -> None:
    async with seeing() as seen:
        with remote_parent([HEADER]), seen.observe("request"), seen.observe("stage"):
            pass
        with seen.observe("next"):
            pass
    assert (seen.parent("request"), seen.parent("stage")) == ("remote", "request")
    context = seen.ended["stage"].get_span_context()
    assert context is not None
    assert f"{context.trace_id:032x}" == TRACE_ID
    assert seen.parent("next") is None


@pytest.mark.parametrize("value", [b"", b"nonsense", b"00-0-0-01", b"\xff" * 60])
async def test_a_malformed_caller_counts_for_nothing(value: bytes) -> None:
    async with seeing() as seen:
        with remote_parent([(b"traceparent", value)]), seen.observe("request"):
            pass
    assert seen.parent("request") is None


async def test_a_request_is_a_span_with_its_stages_and_calls_within(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    backend = BackendSettings(
        name="a", provider="scripted", model="m", responses=(ScriptedReply(text='{"hunter2": 1}'),)
    )
    async with seeing() as seen:
        build: Callable[[TelemetrySettings], Spans] = lambda _: seen.observe  # noqa: E731
        monkeypatch.setattr(composed, "build_observe", build)
        transport = httpx.ASGITransport(create_app(Settings(backends=(backend,))))
        headers = {"traceparent": HEADER[1].decode(), "x-request-id": "r1"}
        flow = {"stages": [{"name": "made", "backend": "a"}]}
        body = {"shape": {"hunter2": 0}, "$flow": flow}
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            answer = await http.post("/api/mock/users/hunter2", json=body, headers=headers)
    assert answer.status_code == 200
    assert seen.parent("POST /api/mock") == "remote"
    assert seen.parent("stage made") == "POST /api/mock"
    assert seen.parent("chat m") == "stage made"
    assert seen.attributes("POST /api/mock")["mockwright.request_id"] == "r1"
    assert seen.attributes("POST /api/mock")["mockwright.flow"] == "inline"
    assert seen.attributes("chat m")["gen_ai.provider.name"] == "scripted"
    assert "hunter2" not in str([seen.attributes(name) for name in seen.ended])
