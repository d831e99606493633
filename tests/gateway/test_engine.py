"""The engine over a real pool of scripted backends: from a request to bytes."""

from __future__ import annotations

import gc
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from mockwright.app import Memory, build_engine
from mockwright.errors import (
    AllBackendsFailedError,
    InputConflictError,
    NonConformingError,
    NotFoundError,
    NotRecordedError,
    UnsatisfiableError,
)
from mockwright.gateway import replay
from mockwright.gateway.cached import variant_key
from mockwright.gateway.engine import Engine
from mockwright.generator import GENERATOR_VERSION
from mockwright.memory.journal.redact import Redactor
from mockwright.memory.state.scopes import Overrides
from mockwright.settings import (
    BackendSettings,
    RealismSettings,
    RecordingSettings,
    ResilienceSettings,
    ScriptedReply,
    Settings,
)
from mockwright.shapes.parse import parse_shape
from mockwright.types import Chunked, Json, MockRequest, MockResponse, Trace
from tests.waiting import primed

SHAPE = parse_shape({"name": "string", "age": 0})
REQUEST = MockRequest(id="r", method="GET", path="/people/1", shape=SHAPE)


SCRIPTED = BackendSettings(
    name="it",
    provider="scripted",
    responses=(ScriptedReply(value={"name": "Ada", "age": 36}),),
)
FAILING = (ScriptedReply(error="status_500"),)


def engine(*replies: ScriptedReply | str) -> Engine:
    """Over one scripted backend; over the embedded one without replies."""
    scripted = tuple(ScriptedReply(text=r) if isinstance(r, str) else r for r in replies)
    backend = BackendSettings(name="it", provider="scripted", responses=scripted)
    if not replies:
        backend = BackendSettings(name="it", provider="embedded")
    resilience = ResilienceSettings(num_retries=0, retry_backoff_initial=0)
    return build_engine(Settings(backends=(backend,), resilience=resilience))


def value(response: MockResponse) -> Json:
    return orjson.loads(response.body)


async def test_a_good_answer_leaves_as_it_came() -> None:
    response = await engine('{"name": "Ada", "age": 36}').handle(REQUEST)
    assert response.body == b'{"name":"Ada","age":36}'
    assert (response.backend, response.quality, response.filled) == ("it", 1.0, 0)


@pytest.mark.parametrize(
    "text",
    [
        'Sure!\n```json\n{"name": "Ada", "age": 36}\n```',
        '<think>36?</think>{"name": "Ada", "age": 36}',
        '{"data": {"name": "Ada", "age": "36"}}',
        "{'name': 'Ada', 'age': 36,}",
    ],
)
async def test_an_answer_in_poor_form_keeps_what_it_means(text: str) -> None:
    assert value(await engine(text).handle(REQUEST)) == {"name": "Ada", "age": 36}


@pytest.mark.parametrize("text", ["", "I cannot help with that.", "{", "[]", "null", '{"x": 1}'])
async def test_an_answer_that_is_none_is_filled_and_says_so(text: str) -> None:
    response = await engine(text).handle(REQUEST)
    assert set(value(response)) == {"name", "age"}
    assert response.filled >= 1
    assert response.quality is not None
    assert response.quality < 1


async def test_a_broken_answer_is_asked_again_before_it_is_filled() -> None:
    trace = Trace()
    response = await engine('{"name": "Ada"}', '{"name": "Ada", "age": 36}').handle(REQUEST, trace)
    assert value(response) == {"name": "Ada", "age": 36}
    assert response.filled == 0
    assert len(trace.candidates[0].completions) == 2
    assert [repair.kind for repair in trace.candidates[0].repairs] == ["reasked"]


async def test_what_is_filled_looks_as_the_configuration_and_the_locale_say() -> None:
    backend = BackendSettings(
        name="it", provider="scripted", responses=(ScriptedReply(text='{"age": 7}'),)
    )
    settings = Settings(backends=(backend,), realism=RealismSettings(kinds={"ownerRef": "city"}))
    shape = parse_shape({"ownerRef": "string", "age": 0})
    request = replace(REQUEST, shape=shape, locale="ja", seed=3)
    owner = value(await build_engine(settings).handle(request))["ownerRef"]
    assert owner
    assert not owner.isascii()


async def test_without_filling_a_broken_answer_is_an_error_that_names_the_violations() -> None:
    trace = Trace()
    with pytest.raises(NonConformingError, match="age") as caught:
        await engine('{"name": "Ada"}').handle(replace(REQUEST, on_failure="fail"), trace)
    assert caught.value.violations
    assert trace.candidates, "the journal sees what was written"


async def test_the_values_of_the_input_are_kept_against_the_model() -> None:
    request = replace(REQUEST, input={"name": "Grace", "unrelated": 1})
    response = await engine('{"name": "Ada", "age": 36}').handle(request)
    assert value(response) == {"name": "Grace", "age": 36}


async def test_an_input_that_breaks_the_shape_is_refused_or_coerced_as_asked() -> None:
    request = replace(REQUEST, input={"age": "36"})
    with pytest.raises(InputConflictError, match="age"):
        await engine().handle(request)
    response = await engine().handle(replace(request, on_input_conflict="coerce"))
    assert value(response)["age"] == 36


async def test_an_unsatisfiable_schema_is_refused() -> None:
    shape = parse_shape({"type": "integer", "minimum": 5, "maximum": 4})
    with pytest.raises(UnsatisfiableError):
        await engine().handle(replace(REQUEST, shape=shape))


async def test_the_same_seed_gives_the_same_bytes_and_none_gives_others() -> None:
    it = engine()
    seeded = replace(REQUEST, seed=42)
    assert (await it.handle(seeded)).body == (await it.handle(seeded)).body
    assert (await it.handle(seeded)).seed == f"42;v={GENERATOR_VERSION}"
    assert len({(await it.handle(REQUEST)).body for _ in range(5)}) > 1
    assert (await it.handle(REQUEST)).seed is None


async def test_completions_are_a_list_of_different_answers() -> None:
    response = await engine().handle(replace(REQUEST, completions=3, seed=1))
    answers = value(response)["completions"]
    assert len(answers) == 3
    assert len({orjson.dumps(answer) for answer in answers}) == 3


async def test_a_failure_of_all_backends_is_traced() -> None:
    trace = Trace()
    with pytest.raises(AllBackendsFailedError):
        await engine(ScriptedReply(error="status_500")).handle(REQUEST, trace)
    assert [attempt.error for attempt in trace.attempts] == ["status_500"]


async def test_one_failing_completion_of_several_is_raised_as_itself() -> None:
    good = ScriptedReply(text='{"name": "Ada", "age": 36}')
    with pytest.raises(AllBackendsFailedError):
        await engine(good, ScriptedReply(error="status_500"), good).handle(
            replace(REQUEST, completions=3)
        )


async def test_variants_are_served_in_turn_and_differ() -> None:
    it = engine()
    request = replace(REQUEST, cache=3)
    first = await it.handle(request)
    assert first.cache == "miss"
    await primed(it.cache.variants)
    served = [await it.handle(request) for _ in range(6)]
    assert {response.cache for response in served} == {"hit"}
    assert len({response.body for response in served}) == 3
    assert served[0].head == served[3].head


async def test_variants_under_a_seed_are_the_answers_of_the_seeds_that_follow() -> None:
    it = engine()
    await it.handle(replace(REQUEST, cache=2, seed=10))
    await primed(it.cache.variants)
    served = {(await it.handle(replace(REQUEST, cache=2, seed=10))).body for _ in range(2)}
    alone = {(await it.handle(replace(REQUEST, seed=seed))).body for seed in (10, 11)}
    assert served == alone


async def test_a_remembered_request_is_recalled_from_its_raw_bytes() -> None:
    it = engine()
    call = it.plan(replace(REQUEST, cache=1), Trace())
    await it.answer(call)
    assert it.recall(b"raw") is None
    it.remember(b"raw", call)
    served = it.recall(b"raw")
    assert served is not None
    assert served.state == "hit"


async def test_what_variants_hold_in_memory_is_what_is_counted() -> None:
    of = engine()
    tracemalloc.start()
    try:
        await of.handle(replace(REQUEST, cache=1, seed=1))  # what is made once and kept
        before, counted = tracemalloc.get_traced_memory()[0], of.cache.variants.stats()["bytes"]
        for seed in range(100):
            await of.handle(replace(REQUEST, cache=1, seed=1000 + seed))
        gc.collect()
        held = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert held < 1.5 * (of.cache.variants.stats()["bytes"] - counted)


def test_a_variant_key_takes_in_all_that_can_change_the_answer_and_nothing_else() -> None:
    it = engine()

    def key(**changes: Json) -> bytes:
        return variant_key(it.planner.plan(replace(REQUEST, cache=2, **changes)))

    changes: list[dict[str, Json]] = [
        {"method": "POST"},
        {"path": "/people/2"},
        {"query": (("q", "1"),)},
        {"shape": parse_shape({"name": "string"})},
        {"input": {"name": "x"}},
        {"input": None},
        {"rules": ("no empty strings",)},
        {"seed": 1},
        {"prompt": "p"},
        {"locale": "de"},
        {"backends": ("it",)},
        {"completions": 2},
        {"on_failure": "fail"},
    ]
    keys = [key(), *(key(**change) for change in changes)]
    assert len(set(keys)) == len(keys)
    assert key(id="another") == key()
    assert key(shape=parse_shape({"name": "string", "age": 0})) == key()


async def test_one_seed_gives_each_path_its_own_record() -> None:
    it = build_engine(Settings())
    shape = parse_shape({"name": "string", "email": "email"})
    one, two, again = [
        (await it.handle(MockRequest("r", "GET", path, shape=shape, seed=7))).body
        for path in ("/users/1", "/users/2", "/users/1")
    ]
    assert one == again
    assert one != two


async def test_a_rule_that_is_broken_is_told() -> None:
    shape = parse_shape({"msrp": 0.0, "price": 0.0})
    rules = ("price > msrp", "msrp > price")
    asked = MockRequest("r", "GET", "/x", shape=shape, seed=1, rules=rules)
    response = await build_engine(Settings()).handle(asked)
    assert any(told.startswith("rules;broken=") for told in response.ignored)
    assert response.quality is not None
    assert response.quality < 1


def test_variants_of_another_budget_or_another_condition_are_others() -> None:
    ours = engine("{}")

    def key(**asked: Json) -> bytes:
        return variant_key(ours.plan(replace(REQUEST, **asked), Trace()).plan)

    assert key(budget="low") != key(budget="high")
    rules = [{"cel": f"result.age > {age}", "message": "old enough"} for age in (1, 2)]
    assert key(rules=(rules[0],)) != key(rules=(rules[1],))
    assert key(rules=(rules[0],)) == key(rules=(rules[0],))


def of(*backends: BackendSettings, **settings: Any) -> Engine:
    """Over these backends; over the embedded one without any."""
    given: dict[str, Any] = {"backends": backends} if backends else {}
    return build_engine(Settings(**given, **settings))


def entries(folder: Path) -> list[str]:
    return [path.read_text() for path in folder.iterdir()]


async def told(it: Engine, method: str, path: str, **asked: Any) -> tuple[int, Json]:
    """Status and value of an answer of a resource."""
    response = await it.handle(MockRequest("r", method, path, state=True, **asked))
    return response.status, value(response) if response.body else None


async def test_a_resource_is_answered_from_what_requests_made_of_it() -> None:
    it = of()
    status, made = await told(it, "POST", "/users", input={"name": "Ann"})
    assert status == 201
    path = f"/users/{made['id']}"
    assert await told(it, "GET", path) == (200, made)
    assert await told(it, "PATCH", path, input={"name": "Eve"}) == (200, made | {"name": "Eve"})
    assert await told(it, "DELETE", path) == (204, None)
    with pytest.raises(NotFoundError):
        await told(it, "GET", path)


async def test_a_path_that_is_no_resource_is_made_all_the_same() -> None:
    response = await of().handle(MockRequest("r", "POST", "/users/invite", state=True, shape=SHAPE))
    assert set(value(response)) == {"name", "age"}
    assert response.status == 200


async def test_what_means_nothing_for_a_resource_is_told() -> None:
    it = of()
    asked = MockRequest("r", "GET", "/users/1", state=True, cache=2, completions=2, report=True)
    response = await it.handle(asked)
    assert {"cache", "n", "report"} <= set(response.ignored)
    assert isinstance(value(response), dict)


async def test_answers_of_a_context_agree_and_those_of_another_do_not() -> None:
    it = of()
    shape = parse_shape({"id": 0, "name": "full_name", "email": "email"})
    asked = MockRequest("r", "GET", "/users/7", shape=shape, context="shop")
    first, again = [value(await it.handle(asked)) for _ in range(2)]
    assert first == again
    assert value(await it.handle(replace(asked, context="another"))) != first


async def test_what_is_recorded_is_replayed_without_a_backend(tmp_path: Path) -> None:
    recordings = RecordingSettings(folder=tmp_path)
    it = of(SCRIPTED, recordings=recordings)
    live = await it.handle(replace(REQUEST, mode="record"))
    assert live.recording is not None
    assert live.recording.startswith("recorded ")
    down = of(SCRIPTED.model_copy(update={"responses": FAILING}), recordings=recordings)
    replayed = await down.handle(replace(REQUEST, mode="replay"))
    assert (replayed.body, replayed.cache, replayed.backend) == (live.body, "replay", "it")
    with pytest.raises(NotRecordedError):
        await down.handle(replace(REQUEST, mode="replay", path="/people/2"))


async def test_an_answer_that_is_too_large_to_be_kept_is_given_and_told(tmp_path: Path) -> None:
    reply = ScriptedReply(value={"name": "x" * 3000, "age": 36})
    backend = SCRIPTED.model_copy(update={"responses": (reply,)})
    it = of(backend, recordings=RecordingSettings(folder=tmp_path, max_entry_bytes=2000))
    response = await it.handle(replace(REQUEST, mode="record"))
    assert value(response)["age"] == 36
    assert "record" in response.ignored
    assert response.recording is None
    assert entries(tmp_path) == []


async def test_a_variant_that_is_recorded_says_so_and_is_replayed(tmp_path: Path) -> None:
    it = of(SCRIPTED, recordings=RecordingSettings(folder=tmp_path))
    live = await it.handle(replace(REQUEST, mode="record", cache=2))
    assert live.recording is not None
    assert (b"x-mock-recording", live.recording.encode()) in live.head
    replayed = await it.handle(replace(REQUEST, mode="replay", cache=2))
    assert (replayed.body, replayed.cache) == (live.body, "replay")


async def test_folders_beyond_the_most_are_read_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "_MAX_FOLDERS", 1)
    it = of(SCRIPTED, recordings=RecordingSettings(folder=tmp_path))
    bodies: dict[str, bytes] = {}
    for turn in ("record", "replay"):
        for folder in ("a", "b"):
            scope = it.scopes.of(folder)
            scope.change(Overrides(mode=turn, recordings=folder))
            response = await it.handle(REQUEST, scope=scope)
            assert bodies.setdefault(folder, response.body) == response.body
            assert response.cache == ("replay" if turn == "replay" else "bypass")
    assert len(entries(tmp_path / "a")) == len(entries(tmp_path / "b")) == 1


async def test_of_raw_requests_beyond_the_most_the_oldest_is_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "_MAX_ALIASES", 1)
    it = of(SCRIPTED, recordings=RecordingSettings(folder=tmp_path, mode="auto"))
    call = it.plan(REQUEST, Trace())
    await it.answer(call)
    for raw in (b"first", b"second"):
        it.remember(raw, call)
    assert it.recall(b"first") is None
    assert it.recall(b"second") is not None


async def test_a_replayed_request_is_recalled_from_its_raw_bytes_until_its_file_changes(
    tmp_path: Path,
) -> None:
    recordings = RecordingSettings(folder=tmp_path, mode="auto")
    it = of(SCRIPTED, recordings=recordings)
    call = it.plan(REQUEST, Trace())
    live = await it.answer(call)
    it.remember(b"raw", call)
    served = it.recall(b"raw")
    assert served is not None
    assert (served.state, served.variant.body) == ("replay", live.body)
    await it.handle(replace(REQUEST, path="/people/2"))  # another file in the same folder
    assert it.recall(b"raw") is None


async def test_what_a_secret_is_may_change_while_recordings_are_in_use(tmp_path: Path) -> None:
    settings = Settings(backends=(SCRIPTED,), recordings=RecordingSettings(folder=tmp_path))
    memory = Memory(settings)
    it = build_engine(settings, memory)
    asked = replace(REQUEST, prompt="the code word is swordfish", mode="record")
    await it.handle(asked)
    memory.journal.redactor = Redactor(["swordfish"])
    memory.player.hide_anew()
    await it.handle(replace(asked, path="/people/2"))
    texts = entries(tmp_path)
    assert sorted("swordfish" in text for text in texts) == [False, True]


async def test_the_structure_of_a_first_answer_is_that_of_those_that_follow() -> None:
    reply = ScriptedReply(value={"id": 1, "nick": "ann"})
    it = of(SCRIPTED.model_copy(update={"responses": (reply, ScriptedReply(value={"x": 1}))}))
    first = await it.handle(MockRequest("r", "GET", "/players/1"))
    second = await it.handle(MockRequest("r", "GET", "/players/2"))
    assert value(first).keys() == value(second).keys()
    assert {"id", "nick"} <= value(second).keys()
    assert second.autoshape == "GET /players/{id} object"


async def test_a_test_may_ask_for_a_seed_and_a_mode_of_all_its_requests(tmp_path: Path) -> None:
    it = of(recordings=RecordingSettings(folder=tmp_path))
    scope = it.scopes.of("t")
    scope.change(Overrides(mode="record", seed=5))
    response = await it.handle(REQUEST, scope=scope)
    assert response.seed == f"5;v={GENERATOR_VERSION}"
    assert response.recording is not None
    assert (await it.handle(replace(REQUEST, seed=6, mode="live"), scope=scope)).recording is None


COMPUTED = parse_shape({"people": [{"name": "string", "age": 0}]})
NORMAL = MockRequest(
    "r", "GET", "/people", shape=COMPUTED, count=200, seed=1,
    prompt="ages are normally distributed with mean 40 and sd 10",
)  # fmt: skip


async def test_a_report_stands_beside_the_answer_where_it_is_asked() -> None:
    response = await of().handle(replace(NORMAL, report=True))
    both = value(response)
    assert len(both["data"]["people"]) == 200
    assert both["report"]
    assert response.computed
    assert not response.unverified
    assert "people" in value(await of().handle(NORMAL))


async def test_what_nobody_could_read_is_told() -> None:
    rules = ("names sound funny",)
    response = await of().handle(replace(REQUEST, rules=rules, seed=1))
    assert "rules;n=1" in response.ignored
    prompt = "ages follow the distribution of the moon"
    response = await of().handle(replace(NORMAL, prompt=prompt))
    assert any(one.startswith("statistics;unread=") for one in response.ignored)


LONG = replace(REQUEST, path="/people", shape=parse_shape([{"id": 0, "name": "string"}]))


async def test_a_long_list_is_sent_as_it_is_made() -> None:
    replies = (ScriptedReply(value=[]),)
    it = of(SCRIPTED.model_copy(update={"responses": replies, "max_tokens": 64}))
    call = it.plan(replace(LONG, count=60), Trace())
    assert isinstance(call.plan.node, Chunked)
    pieces = it.stream(call)
    assert pieces is not None
    made = [piece async for piece in pieces]
    assert len(made) > 1
    items = [item for piece in made for item in piece]
    assert len(items) == 60
    assert len({item["id"] for item in items}) == 60
    assert it.begun(call).backend == "it"


@pytest.mark.parametrize(
    "asked",
    [
        {"cache": 2},
        {"completions": 2},
        {"on_failure": "fail"},
        {"mode": "record"},
        {"state": True},
        {"context": "c"},
        {"count": 2},
        {"rules": ({"path": "*.name", "op": "unique", "value": True},)},
    ],
)
def test_an_answer_that_has_to_be_whole_is_not_sent_in_pieces(asked: dict[str, Any]) -> None:
    it = of(SCRIPTED.model_copy(update={"max_tokens": 64}))
    call = it.plan(replace(LONG, **({"count": 60} | asked)), Trace())
    assert it.stream(call) is None
