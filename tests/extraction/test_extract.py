"""Extraction: the value that a model's text means."""

from __future__ import annotations

import json

import pytest
from bench.broken_texts import Case, agrees, cases, hostile
from hypothesis import given, settings
from hypothesis import strategies as st

from mockwright.extraction.extract import MAX_DEPTH, extract
from mockwright.schema.validate import compile_schema
from mockwright.types import Json
from tests.shared_data import shared
from tests.steps import growth

ADA = {"name": "Ada", "age": 36}


def value_of(text: str) -> Json:
    found = extract(text)
    assert found is not None
    return found.value


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "Ada", "age": 36}',
        '\ufeff {"name": "Ada", "age": 36}\n',
        'Sure!\n```json\n{"name": "Ada", "age": 36}\n```\nAnything else?',
        '```\n{"name": "Ada", "age": 36}',
        '~~~JSON\n{"name": "Ada", "age": 36}\n~~~',
        'Here [as asked]: {"name": "Ada", "age": 36} is the answer',
        '<think>{"name": "Bob"} is wrong</think>{"name": "Ada", "age": 36}',
        'so {"name": "Bob"} no...</think>\n{"name": "Ada", "age": 36}',
        '[THINK]{"a": 1}[/THINK]{"name": "Ada", "age": 36}',
        "<reasoning>\nI need {braces}\n</reasoning>{'name': 'Ada', 'age': 36}",
        '<|channel|>analysis<|message|>{"x": 1}<|end|>'
        '<|channel|>final<|message|>{"name": "Ada", "age": 36}<|return|>',
        "{'name': 'Ada', 'age': 36}",
        "{name: 'Ada', age: 36,}",
        "{`name`: `Ada`, `age`: 36}",
        '{"name": "Ada" "age": 36}',
        '{"name": "Ada"\n"age": 36}',
        "{“name”: “Ada”, “age”: 36}",
        '{"name": "Ada", /* years */ "age": 36 // now\n}',
        '{"name": "Ada", "age": 36, ...}',
        '{"name": "Ada", "age": 36',
        '{"name" => "Ada"; "age" = 36}',
        '{\\"name\\": \\"Ada\\", \\"age\\": 36}',
        '"{\\"name\\": \\"Ada\\", \\"age\\": 36}"',
        '"name": "Ada",\n"age": 36',
        '{"name": "Ada", "age": 0x24}',
        '{"name": "Ada,\n"age": 36}',
        '{"name": u"Ada", "age": int(36)}',
        '<tool_call>\n{"name": "Ada", "age": 36}\n</tool_call>',
        '<json><![CDATA[{"name": "Ada", "age": 36}]]></json>',
        '> ```json\n> {"name": "Ada",\n>  "age": 36}\n> ```',
        "````\n```json\n{'name': 'Ada', 'age': 36}\n```\n````",
        'const data = {"name": "Ada", "age": 36};',
        'data: {"name": "Ada", "age": 36}\n\ndata: [DONE]',
        '{"name": "Ada", "age": 36}<|eot_id|>{"x": 1}',
        '{{"name": "Ada", "age": 36}}',
        '{"name"： "Ada"， "age"： 36}',
        '{"name: "Ada", "age": 36}',
        '{name": "Ada", "age": 36}',
        '{"name" "Ada", "age": 36}',
        '{"name": "Ada, "age": 36}',
        '{"name": Ada", "age": 36}',
        '{"name": "A" + "da", "age": 36}',
        "{&quot;name&quot;: &quot;Ada&quot;, &quot;age&quot;: 36}",
        "name: Ada\nage: 36",
        "Here you go:\n```yaml\nname: Ada # the first\nage: 36\n```",
    ],
)
def test_the_value_is_found_whatever_it_is_wrapped_or_written_in(text: str) -> None:
    assert value_of(text) == ADA


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": "say "hi" to", "b": 1}', {"a": 'say "hi" to', "b": 1}),
        ('{"a": "he said "yes"", "b": 1}', {"a": 'he said "yes"', "b": 1}),
        ('["the "big" one", "b"]', ['the "big" one', "b"]),
        ("{'a': 'it's fine', 'b': 1}", {"a": "it's fine", "b": 1}),
        ('{"a": "x\ny"}', {"a": "x\ny"}),
        ('{"a": "C:\\Users \\$5 it\\\'s"}', {"a": "C:\\Users $5 it's"}),
        ('{"a": "\\u00e9\\x41\\ud83d\\ude00", }', {"a": "éA😀"}),
        ('{"a": [1, 2, "b": 3}', {"a": [1, 2], "b": 3}),
        ('[{"a": 1, {"a": 2}]', [{"a": 1}, {"a": 2}]),
        ('{"u": [{"a": 1}}, {"a": 2}], "b": 3}', {"u": [{"a": 1}, {"a": 2}], "b": 3}),
        ("{'a': (1, 2), 'b': None}", {"a": [1, 2], "b": None}),
        ("{'d': Decimal('1.5'), 'n': 1_000}", {"d": "1.5", "n": 1000}),
        ("{status: active, when: 2024-05-06,}", {"status": "active", "when": "2024-05-06"}),
        ('{"a": 1,234, "b": -1,234,567.5, "c": 7}', {"a": 1234, "b": -1234567.5, "c": 7}),
        ('{"a": [1,234, 5]}', {"a": [1, 234, 5]}),
        ('{"a": 10 kg, "b": $5.00, "c": 12%}', {"a": "10 kg", "b": "$5.00", "c": "12%"}),
        ("{a: true story, b: 10:30, c: true}", {"a": "true story", "b": "10:30", "c": True}),
        ("{'d': datetime.date(2024, 1, 2), 'n': 1}", {"d": "2024-01-02", "n": 1}),
        ("{'f': f(1, 2), 'n': 1}", {"f": "f(1, 2)", "n": 1}),
        ('{"a": [{"b": 1}, ... 8 more items ...], "c": 2}', {"a": [{"b": 1}], "c": 2}),
        ('{"a": [{"b": 1}, ... and 8 more], "c": 2}', {"a": [{"b": 1}], "c": 2}),
        ('{"a": {"b": 1}, }, "c": 2}', {"a": {"b": 1}, "c": 2}),
        ('{"a": "{"x": 1, "y": 2}", "b": 3}', {"a": '{"x": 1, "y": 2}', "b": 3}),
        ('```json\n{"md": "```\nraw\n```", "n": 1}\n```', {"md": "```\nraw\n```", "n": 1}),
        ("{'it\\'s': 'a', 'b\\'s': 1}", {"it's": "a", "b's": 1}),
        ('{"n": 12345678901234567890}', {"n": 12345678901234567890}),
    ],
)
def test_damage_is_mended_where_it_is(text: str, expected: Json) -> None:
    assert value_of(text) == expected


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_json_has_not_become_null(word: str) -> None:
    assert value_of(f'{{"a": {word}, "b": 1}}') == {"a": None, "b": 1}
    assert value_of(f"{{'a': {word}, 'b': 1}}") == {"a": None, "b": 1}


def test_lone_surrogates_do_not_survive() -> None:
    assert json.dumps(value_of('{"a": "\\ud800"}'), ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": [1, 2, {"b": "cut he', {"a": [1, 2, {"b": "cut he"}]}),
        ('{"a": 1, "b": tru', {"a": 1, "b": True}),
        ('{"a": 1, "b', {"a": 1}),
        ('{"a": 1, "b":', {"a": 1}),
        ('{"a": "x\\u00', {"a": "x"}),
        ('{"list": [{"a": 1}, {"a": 4', {"list": [{"a": 1}, {}]}),
        ('{"na', {}),
        ("```json\n[", []),
    ],
)
def test_a_text_that_just_ends_gives_what_was_there(text: str, expected: Json) -> None:
    found = extract(text)
    assert found is not None
    assert found.value == expected
    assert not found.complete


def test_a_stream_that_was_cut_anywhere_gives_a_part_of_what_was_meant() -> None:
    whole = {
        "items": [
            {
                "id": 10,
                "text": 'say "hi", it\'s {ok}: [1]',
                "tags": ["a", "b, c"],
                "n": {"x": None},
            },
            {"id": 250, "text": "line\nbreak \\ é", "ok": True, "price": -12.5},
        ],
        "next": "https://example.com/?a=1#b",
    }
    for text in (json.dumps(whole), json.dumps(whole, indent=2, ensure_ascii=False), repr(whole)):
        for end in range(1, len(text)):
            case = Case("truncated", text[:end], whole, "prefix")
            assert agrees(case, value_of(case.text)), case.text
            fenced = Case("truncated", f"Sure:\n```json\n{text[:end]}", whole, "prefix")
            assert agrees(fenced, value_of(fenced.text)), fenced.text


@pytest.mark.parametrize("wrap", ["{}", "Sure!\n\n{}\n\nDone.", "```json\n{}\n```"])
def test_a_tag_inside_a_string_is_data(wrap: str) -> None:
    value = [{"a": "</think>", "b": "x </think> y"}, {"a": "<think>"}]
    for text in (json.dumps(value), json.dumps(value, indent=2), repr(value)):
        assert value_of(wrap.replace("{}", text)) == value


def test_a_schema_that_is_repeated_is_not_the_answer() -> None:
    schema = {"type": "object", "properties": {"name": {"type": "string"}}}
    accepts = compile_schema(schema).is_valid
    for text in (f"{json.dumps(schema)}\n{json.dumps(ADA)}", f"{json.dumps(schema)} {ADA}"):
        assert value_of(text) == ADA
        found = extract(text, accepts)
        assert found is not None
        assert found.value == ADA
    assert value_of(json.dumps(schema)) == schema


def test_parameters_of_a_call_are_an_object() -> None:
    text = '<function=f>\n<parameter=name>\nAda\n</parameter><parameter name="age">36</parameter>'
    assert value_of(text) == {"name": "Ada", "age": "36"}


@pytest.mark.parametrize(
    "text",
    [
        "Note: this is prose\nthat: goes on\nover a line",
        "I am sorry: no.",
        "a: &x y\nb: *x",
        "a: !!python/object:os.system x\nb: 1",
        "key: value",
        "a:\n" + "\n".join(" " * i + "- a:" for i in range(1, 60)) + "\nb: 1",
    ],
)
def test_prose_and_hostile_yaml_are_no_answer(text: str) -> None:
    assert extract(text) is None


def test_the_schema_chooses_among_several_values() -> None:
    accepts = compile_schema({"type": "object", "required": ["id"]}).is_valid
    text = 'Like {"example": true, "with": "many more keys"}:\n```json\n{"id": 1}\n```'
    first = extract(text, accepts)
    assert first is not None
    assert first.value == {"id": 1}
    second = extract('{"example": true, "long": "text"} then {"id": 2}', accepts)
    assert second is not None
    assert second.value == {"id": 2}


def test_the_first_of_two_equal_answers_is_taken() -> None:
    assert value_of('{"a": 1}\n{"a": 1}') == {"a": 1}


def test_objects_one_to_a_line_are_a_list() -> None:
    found = extract('{"a": 1}\n{"a": 2}\n{"a": 3}')
    assert found is not None
    assert (found.value, found.how) == ([{"a": 1}, {"a": 2}, {"a": 3}], "lines")


def test_an_example_in_the_prose_does_not_win_over_the_answer() -> None:
    assert value_of('{"id": 1, "tags": ["a", "b",], "x": {"y": 2}}\n(e.g. {"id": 1})')["x"] == {
        "y": 2
    }


def test_a_reasoning_tag_inside_a_value_is_data() -> None:
    text = "{'html': 'a </think> b <think>', 'list': [1,],}"
    assert value_of(text) == {"html": "a </think> b <think>", "list": [1]}


def test_prose_with_a_colon_before_the_value_is_no_key() -> None:
    assert value_of("Result: {'a': 1}") == {"a": 1}


def test_scalars_are_taken_where_they_are_the_whole_text() -> None:
    assert value_of("42") == 42
    words = extract("plain words", compile_schema({"type": "string"}).is_valid)
    assert words is not None
    assert (words.value, words.how) == ("plain words", "text")


@pytest.mark.parametrize("text", ["", "I cannot help with that.", "<think>hmm", "}", "]["])
def test_a_text_without_a_value_gives_none(text: str) -> None:
    found = extract(text)
    assert found is None or found.value in ([], {})


def test_how_tells_which_reader_won() -> None:
    hows = [extract(text) for text in ('{"a": 1}', '{"a": NaN}', "{a: 1}")]
    assert [found.how for found in hows if found] == ["strict", "relaxed", "mended"]


def test_deep_nesting_is_cut_rather_than_followed() -> None:
    found = extract("[" * 100_000)
    depth, level = 0, found.value if found else []
    while level:
        depth, level = depth + 1, level[0]
    assert depth <= MAX_DEPTH
    assert extract("[" * 5000 + "]" * 5000) is not None


@pytest.mark.parametrize("name", dict(hostile(100)))
def test_hostile_text_takes_linear_time(name: str) -> None:
    assert growth(lambda size: extract(dict(hostile(size))[name]), 1_000) < 2.5
    extract(dict(hostile(100_000))[name])


@pytest.mark.parametrize("seed", [11, 12])
def test_fresh_broken_texts_are_recovered(seed: int) -> None:
    given_cases = list(cases(seed, 12))
    wrong = [case.kind for case in given_cases if not agrees(case, value_of(case.text))]
    assert len(wrong) <= len(given_cases) * 0.01, wrong


def test_the_sample_of_broken_outputs_is_recovered() -> None:
    rows = json.loads(shared("broken_outputs.json").read_text())
    exact = [row for row in rows if row["mode"] != "prefix"]
    wrong = [row["kind"] for row in exact if value_of(row["text"]) != row["expect"]]
    assert len(wrong) <= len(exact) * 0.01, wrong


@given(st.text(alphabet="{}[]()\"'“”`\\:,.;/*#ab1- \n<>tfnu", max_size=80))
@settings(max_examples=300)
def test_no_text_makes_it_fail(text: str) -> None:
    found = extract(text)
    if found is not None:
        json.dumps(found.value, allow_nan=False).encode()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(st.dictionaries(st.text(max_size=6), JSON, min_size=1, max_size=4))
@settings(max_examples=150)
def test_json_comes_out_as_it_went_in(value: Json) -> None:
    text = json.dumps(value)
    assert value_of(text) == value
    assert value_of(f"Well:\n\n{text}\n\nDone.") == value


@given(st.dictionaries(st.text(alphabet="abc_", min_size=1), JSON, min_size=1, max_size=4))
@settings(max_examples=150)
def test_a_python_repr_means_the_same(value: Json) -> None:
    assert json.dumps(value_of(repr(value))) == json.dumps(value)
