"""Every control in every place, what wins, and what is refused."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockwright.errors import (
    InvalidControlError,
    MockwrightError,
    ShapeError,
    TooLargeError,
    TooManyItemsError,
)
from mockwright.generator import GENERATOR_VERSION
from mockwright.settings import LimitSettings
from mockwright.types import MISSING, ErrorSimulation, Json, Missing, MockRequest
from mockwright.web.controls.controls import (
    CONTROLS,
    RELEVANT_HEADERS,
    DecodedRequest,
    RawRequest,
    decode,
)

LIMITS = LimitSettings(max_items=1000, max_completions=10, max_delay=30.0)


def read(
    query: str = "",
    body: Json | Missing = MISSING,
    path: str = "/users",
    method: str = "GET",
    **headers: str | bytes,
) -> DecodedRequest:
    pairs = [
        (
            name.replace("_", "-").lower().encode(),
            value if isinstance(value, bytes) else value.encode(),
        )
        for name, value in headers.items()
    ]
    wire = RawRequest(method, path.encode(), query.encode(), pairs, body)
    return decode(wire, "id-1", LIMITS, max_variants=100)


def ask(*args: Any, **kwargs: Any) -> MockRequest:
    return read(*args, **kwargs).request


def test_a_plain_request_has_no_controls() -> None:
    assert ask("page=2&sort=name", path="/users/42") == MockRequest(
        id="id-1", method="GET", path="/users/42", query=(("page", "2"), ("sort", "name"))
    )


@pytest.mark.parametrize(
    ("field", "header", "query", "body", "value"),
    [
        ("backends", ("X_LLM_Backend", "a, B"), "backend=a,B", {"$backend": "a,B"}, ("a", "B")),
        ("backends", ("X_LLM_Backend", "auto"), "backend=AUTO", {"$backend": ["auto"]}, ()),
        ("cache", ("X_Cache_Count", "5"), "cache=5", {"shape": {"$cache": 5, "a": 0}}, 5),
        ("cache", ("X_Cache_Count", "5"), "cache=5", {"$cacheCount": 5}, 5),
        ("seed", ("X_Mock_Seed", "0"), "seed=0", {"$seed": 0}, 0),
        (
            "prompt",
            ("X_Mock_Prompt", "caf\u00e9s"),
            "prompt=caf%C3%A9s",
            {"$prompt": "caf\u00e9s"},
            "caf\u00e9s",
        ),
        ("locale", ("X_Mock_Locale", "pt-BR"), "locale=pt-BR", {"$locale": "pt-BR"}, "pt-BR"),
        ("on_failure", ("X_Mock_Fill", "no"), "fill=false", {"$fill": False}, "fail"),
        ("on_failure", ("X_Mock_Fill", "TRUE"), "fill=1", {"$fill": True}, "fill"),
        (
            "on_input_conflict",
            ("X_Mock_On_Input_Conflict", "coerce"),
            "on_input_conflict=coerce",
            {"$on_input_conflict": "coerce"},
            "coerce",
        ),
        ("status", ("X_Mock_Status", "201"), "status=201", {"$status": 201}, 201),
        ("delay", ("X_Mock_Delay", "1.5"), "delay=1500ms", {"$delay": 1.5}, 1.5),
        ("delay", ("X_Mock_Delay", "2s"), "delay=2", {"$delay": "2s"}, 2.0),
        ("error", ("X_Error_Code", "503"), "error=503", {"error": 503}, ErrorSimulation(503)),
    ],
)
def test_a_control_is_read_from_each_of_its_places(
    field: str, header: tuple[str, str], query: str, body: Json, value: Any
) -> None:
    assert getattr(ask(**{header[0]: header[1]}), field) == value
    assert getattr(ask(query), field) == value
    assert getattr(ask(body=body), field) == value


@pytest.mark.parametrize("name", ["count", "limit", "pageSize", "per_page"])
def test_the_usual_names_of_a_page_size_say_how_many(name: str) -> None:
    request = ask(f"{name}=7&page=2")
    assert (request.count, request.limit) == ((7, None) if name == "count" else (None, 7))
    assert request.query == (("page", "2"),)


@pytest.mark.parametrize("place", ["header", "query", "body", "text in a body"])
def test_a_shape_is_read_from_each_of_its_places(place: str) -> None:
    shape = {"users": [{"name": "string"}]}
    text = json.dumps(shape)
    request = {
        "header": lambda: ask(X_Response_Shape=text),
        "query": lambda: ask(f"shape={quote(text)}"),
        "body": lambda: ask(body={"shape": shape}),
        "text in a body": lambda: ask(body={"shape": text}),
    }[place]()
    assert request.shape is not None
    assert request.shape.source == "example"
    assert list(request.shape.schema["properties"]) == ["users"]  # type: ignore[index]  # an object
    assert request.input is MISSING


def test_the_header_wins_over_the_query_the_shape_and_the_body() -> None:
    body = {"$seed": 4, "shape": {"$seed": 3, "a": 0}}
    assert ask("seed=2", body, X_Mock_Seed="1").seed == 1
    assert ask("seed=2", body).seed == 2
    assert ask(body=body).seed == 3
    assert ask(body={"$seed": 4, "shape": {"a": 0}}).seed == 4


def test_a_control_that_loses_is_no_input_either() -> None:
    assert ask("count=2", {"count": 9, "name": "x"}).input == {"name": "x"}


def test_the_last_of_two_equal_names_counts() -> None:
    assert ask("seed=1&seed=2").seed == 2
    assert ask("backend=a&backend=b").backends == ("a", "b")


def test_a_shape_in_several_header_lines_is_put_together() -> None:
    lines = [(b"x-response-shape", b'{"a":'), (b"x-response-shape", b' "string"}')]
    request = decode(RawRequest("GET", b"/", b"", lines), "id", LIMITS, 10).request
    assert request.shape is not None
    assert list(request.shape.schema["properties"]) == ["a"]  # type: ignore[index]  # an object


def test_what_is_no_control_is_input() -> None:
    body = {"name": "x", "$ref": "y", "shape": {"a": 0}, "validationRules": ["a is positive"]}
    request = ask(body=body, method="POST")
    assert request.input == {"name": "x", "$ref": "y"}
    assert request.rules == ("a is positive",)


@pytest.mark.parametrize("body", [[1, 2], "text", 7, None, {}])
def test_a_body_without_controls_is_input_as_it_is(body: Json) -> None:
    assert ask(body=body).input == body


@pytest.mark.parametrize("rules", ["one", {"path": "/a", "op": ">", "value": 1}])
def test_a_single_rule_needs_no_list(rules: Json) -> None:
    assert ask(body={"rules": rules}).rules == (rules,)


def test_a_seed_is_taken_back_as_it_was_told() -> None:
    assert ask(X_Mock_Seed=f"42;v={GENERATOR_VERSION}").seed == 42
    with pytest.raises(InvalidControlError, match="version"):
        ask(X_Mock_Seed=f"42;v={GENERATOR_VERSION + 1}")


BIG = "9" * 30
BAD = [
    *[(f"count={value}", "count") for value in ("-1", "ten", "2.5", "", "1e9", BIG)],
    *[(f"limit={value}", "limit") for value in ("-10", "abc")],
    *[(f"cache={value}", "cache") for value in ("0", "-5", "1000000", "x")],
    *[(f"seed={value}", "seed") for value in ("-1", str(2**63), "abc", "1;v=x")],
    *[(f"n={value}", "n") for value in ("0", "1000", "two")],
    *[(f"delay={value}", "delay") for value in ("-1", "31", "31s", "soon", "2h", "nan", "inf")],
    *[(f"status={value}", "status") for value in ("100", "199", "600", "0", "-1", "2x")],
    *[(f"error={value}", "error") for value in ("200", "399", "600", "oops", "")],
    *[(f"fill={value}", "fill") for value in ("maybe", "")],
    *[(f"locale={value}", "locale") for value in ("d", "de_", "../etc", "x" * 50)],
    *[(f"backend={value}", "backend") for value in ("", ",", "a,,b", ",".join("a" * 40))],
    *[(f"shape={value}", "shape") for value in ("", "not json", "{", "%7B%22a%22:%7D")],
    ("prompt=%20", "prompt"),
    ("on_input_conflict=ignore", "on_input_conflict"),
]


@pytest.mark.parametrize(("query", "name"), BAD)
def test_a_control_that_cannot_be_read_is_named_with_its_value(query: str, name: str) -> None:
    with pytest.raises(InvalidControlError) as caught:
        ask(query)
    assert caught.value.control == f"query {name}"
    assert f"query {name}: got " in str(caught.value)
    assert caught.value.expected
    assert len(str(caught.value)) < 400


BAD_IN_BODY: dict[str, tuple[Json, ...]] = {
    "count": (-1, "ten", 2.5, True, None, [1], {}),
    "$cache": (0, -5, 10**6, "x", False),
    "$seed": (-1, 2**63, 1.5, True, [], 10**30),
    "$fill": (1, None, "perhaps"),
    "$backend": (1, [], [1], {"name": "a"}),
    "$delay": (True, -1, 1e9, [], "x"),
    "rules": (1, True, None),
    "$prompt": (5, " "),
    "$locale": (5,),
}


@pytest.mark.parametrize(
    "body", [{name: value} for name, values in BAD_IN_BODY.items() for value in values]
)
def test_a_control_in_the_body_that_cannot_be_read_is_refused(body: Json) -> None:
    with pytest.raises(InvalidControlError, match="expected"):
        ask(body=body)


@pytest.mark.parametrize("value", [0, -5, 10**6, "ten"])
def test_a_bad_number_of_variants_in_the_shape_is_refused(value: Json) -> None:
    with pytest.raises((InvalidControlError, ShapeError), match="cache"):
        ask(body={"shape": {"$cache": value, "a": 0}})


def test_an_integer_may_come_as_json_has_it() -> None:
    assert ask(body={"count": 1e2}).count == 100
    assert ask(body={"count": " 12 "}).count == 12
    assert ask("count=%2B12").count == 12


def test_a_shape_that_is_no_shape_has_a_pointer() -> None:
    with pytest.raises(ShapeError, match="strnig"):
        ask(body={"shape": {"users": [{"name": "strnig"}]}})


def test_a_shape_nested_without_end_is_refused() -> None:
    with pytest.raises(InvalidControlError, match="deeper"):
        ask("shape=" + "[" * 10_000 + "]" * 10_000)


class TestErrorSimulation:
    def test_message_and_details_go_with_the_code(self) -> None:
        error = ErrorSimulation(404, "Not here", "Look elsewhere")
        query = "error=404&errorMessage=Not%20here&errorDetails=Look+elsewhere"
        assert ask(query).error == error
        headers = {
            "X_Error_Code": "404",
            "X_Error_Message": "Not here",
            "X_Error_Details": "Look elsewhere",
        }
        assert ask(**headers).error == error

    @pytest.mark.parametrize("code", [422, "422"])
    def test_an_object_holds_all_three(self, code: Json) -> None:
        told = {"code": code, "message": "m", "details": {"field": "email"}}
        error = ErrorSimulation(422, "m", {"field": "email"})
        assert ask(f"shape={quote(json.dumps({'$error': told}))}").error == error
        assert ask(body={"shape": {"$error": told}}).error == error
        assert ask(body={"error": told, "name": "x"}).error == error

    def test_the_shape_wins_over_the_body_and_the_header_over_both(self) -> None:
        body = {"shape": {"$error": 403}, "error": 500}
        assert ask(body=body).error == ErrorSimulation(403)
        assert ask(body=body, X_Error_Code="401").error == ErrorSimulation(401)

    @pytest.mark.parametrize(
        "value", ["oops", 200, None, True, {"code": "E42"}, {"message": "m"}, {"code": 42}, [500]]
    )
    def test_a_field_named_error_that_holds_data_is_data(self, value: Json) -> None:
        request = ask(body={"error": value})
        assert request.error is None
        assert request.input == {"error": value}

    def test_a_message_without_a_code_is_told_to_be_ignored(self) -> None:
        assert read("errorMessage=x").ignored == ("errorMessage",)


def test_a_status_that_is_a_word_is_a_filter() -> None:
    request = ask("status=shipped")
    assert request.status is None
    assert request.query == (("status", "shipped"),)


@pytest.mark.parametrize(
    ("given", "field", "value"),
    [
        ({"query": "context=shop"}, "context", "shop"),
        ({"X_Mock_Context": " shop "}, "context", "shop"),
        ({"X_Context_Name": "shop"}, "context", "shop"),
        ({"body": {"$context": "x", "a": 1}}, "context", "x"),
        ({"X_Mock_Mode": "Replay"}, "mode", "replay"),
        ({"body": {"$mode": "auto"}}, "mode", "auto"),
        ({"X_Mock_State": "on"}, "state", True),
        ({"body": {"$state": False}}, "state", False),
        ({"query": "autoshape=false"}, "autoshape", False),
        ({"X_Auto_Shape": "true"}, "autoshape", True),
        ({"query": "renewshape=true"}, "renewshape", True),
        ({"query": "strategy=Sequential"}, "strategy", "sequential"),
        ({"X_Rate_Limit_Strategy": "parallel"}, "strategy", "parallel"),
    ],
)
def test_a_control_of_test_suites_is_read(given: Any, field: str, value: Any) -> None:
    decoded = read(**given)
    assert getattr(decoded.request, field) == value
    assert decoded.ignored == ()
    assert decoded.request.query == ()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"X_Mock_Mode": "again"}, "one of live, record, replay, auto"),
        ({"X_Mock_State": "maybe"}, "on or off"),
        ({"query": "context="}, "a context's name"),
        ({"query": "autoshape=perhaps"}, "true or false"),
        ({"query": "rateLimit=fast"}, "milliseconds such as 500 or 500-2000"),
        ({"X_Mock_Strategy": "random"}, "one of auto, sequential, parallel, streaming"),
    ],
)
def test_a_control_of_test_suites_that_cannot_be_read_is_refused(given: Any, expected: str) -> None:
    with pytest.raises(InvalidControlError, match=expected):
        read(**given)


def test_a_delay_range_is_read_in_milliseconds() -> None:
    asked = ask("rateLimit=500-2000").delay_range
    assert asked is not None
    assert asked.seconds(0.0, 0, 0) == 0.5
    assert asked.seconds(1.0, 0, 0) == 2.0


def test_a_strategy_that_is_none_is_data() -> None:
    assert ask("strategy=growth").query == (("strategy", "growth"),)


@pytest.mark.parametrize(
    ("accepted", "locale"),
    [
        ("de-DE,de;q=0.9,en;q=0.8", "de-DE"),
        ("en;q=0.2, fr;q=0.9", "fr"),
        ("*", None),
        ("da;q=0", None),
        ("\u00ff\u00ff;;;q=q,,", None),
        ("x" * 10_000, None),
    ],
)
def test_the_language_a_browser_likes_best_is_the_locale(accepted: str, locale: str | None) -> None:
    assert ask(Accept_Language=accepted.encode("latin-1")).locale == locale


def test_an_asked_locale_wins_over_the_browser() -> None:
    assert ask("locale=it", Accept_Language="de").locale == "it"


def test_a_control_header_that_is_no_utf8_is_named() -> None:
    with pytest.raises(InvalidControlError, match=r"header X-Mock-Prompt: .*\\xff.*UTF-8"):
        ask(X_Mock_Prompt=b"caf\xff")


def test_any_other_header_may_hold_what_it_likes() -> None:
    assert ask(X_Custom=b"caf\xff", Cookie=b"\xfe\x00").locale is None


@pytest.mark.parametrize("path", ["/a%ffb", "/%ED%A0%80"])
def test_a_path_that_is_no_utf8_is_refused(path: str) -> None:
    with pytest.raises(InvalidControlError, match="path"):
        ask(path=path)


def test_a_path_is_decoded() -> None:
    assert ask(path="/caf%C3%A9/a%20b/%00").path == "/caf\u00e9/a b/\0"
    assert ask(path="").path == "/"


def test_a_query_that_is_no_utf8_is_refused() -> None:
    with pytest.raises(InvalidControlError, match="query"):
        ask("name=%ff")


def test_a_query_over_the_limit_is_too_large() -> None:
    with pytest.raises(TooLargeError, match="query"):
        ask("a=" + "x" * 10_000_000)


@pytest.mark.parametrize("given", [{"X_Response_Shape": "x" * 300_000}])
def test_a_control_over_the_limit_is_too_large(given: Any) -> None:
    with pytest.raises(TooLargeError, match="X-Response-Shape"):
        ask(**given)


def test_every_control_header_is_part_of_a_fingerprint() -> None:
    names = {name.lower().encode() for control in CONTROLS for name in control.headers}
    assert names < RELEVANT_HEADERS


NAMES = [name for control in CONTROLS for name in (*control.query, *control.body)]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=200)
@given(
    query=st.lists(st.tuples(st.sampled_from(NAMES), st.text(max_size=20)), max_size=4),
    body=st.dictionaries(st.sampled_from([*NAMES, "shape", "error"]), json_values, max_size=4),
)
def test_whatever_comes_is_read_or_refused(query: list[tuple[str, str]], body: Json) -> None:
    text = "&".join(f"{name}={quote(value, errors='replace')}" for name, value in query)
    try:
        request = ask(text, body)
    except MockwrightError:
        return  # refused by name; anything else would be a bug
    assert request.count is None or 0 <= request.count <= LIMITS.max_items
    assert 1 <= request.completions <= LIMITS.max_completions
    assert 0 <= request.delay <= LIMITS.max_delay


@pytest.mark.parametrize("count", ["10001", "1000000000", "9" * 19])
def test_more_items_than_may_be_have_an_error_of_their_own(count: str) -> None:
    with pytest.raises(TooManyItemsError, match="at most 1000"):
        ask(f"count={count}")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"X_Mock_Flow": "user-profiles"}, "user-profiles"),
        ({"query": "flow=auto"}, "auto"),
        ({"query": 'flow={"stages":["a","b"]}'}, {"stages": ["a", "b"]}),
        ({"body": {"$flow": {"branches": ["a"]}}}, {"branches": ["a"]}),
    ],
)
def test_a_flow_is_a_name_or_is_written_out(given: Any, expected: Json) -> None:
    assert ask(**given).flow == expected


@pytest.mark.parametrize("flow", [" ", "x" * 200, "{bad", 7, [], {}, True])
def test_what_is_no_flow_is_refused(flow: Json) -> None:
    with pytest.raises(InvalidControlError, match="flow"):
        ask(body={"$flow": flow})


def test_a_budget_in_a_body_is_one_of_four_words_or_data() -> None:
    assert ask(body={"budget": "low"}).budget == "low"
    kept = ask(body={"budget": 5000})
    assert kept.budget is None
    assert kept.input == {"budget": 5000}
    with pytest.raises(InvalidControlError, match="low, medium, high, unlimited"):
        ask("budget=cheap")


@pytest.mark.parametrize("usd", ["-1", "nan", "inf", "lots", "true"])
def test_a_cost_that_is_none_is_refused(usd: str) -> None:
    with pytest.raises(InvalidControlError, match="USD"):
        ask(f"max_cost_usd={usd}")
    assert ask("max_cost_usd=0.05").max_cost_usd == 0.05
