from __future__ import annotations

from collections.abc import Sequence

import pytest
from bench.detect import Case, Score, cases, score
from hypothesis import given
from hypothesis import strategies as st

from mockwright.compute.detect import MOST_READ, Detected, NamedField, detect
from mockwright.compute.spec.parse_spec import read_specs
from mockwright.errors import ContradictionError, SpecError
from mockwright.types import JsonObject
from tests.steps import growth

FIELDS = (
    NamedField(("id",), "integer"),
    NamedField(("name",), "string"),
    NamedField(("age",), "integer"),
    NamedField(("salary",), "number"),
    NamedField(("status",), "string", ("active", "inactive", "suspended")),
    NamedField(("isPremium",), "boolean"),
    NamedField(("joined",), "date"),
)


def read(prompt: str, fields: Sequence[NamedField] = FIELDS, **more: str) -> Detected:
    return detect(prompt=prompt, rules=(), fields=fields, **more)


# The bars are a little below what was measured (bench/detect.py prints the figures), so that a
# change that reads worse is seen.
@pytest.mark.parametrize(
    ("part", "precision", "recall", "kinds"),
    [("tune", 97, 95, 97), ("held", 97, 92, 95), ("later", 97, 92, 95)],
)
def test_the_corpus_is_read_as_labelled(
    part: str, precision: float, recall: float, kinds: float
) -> None:
    got: Score = score(part)  # type: ignore[arg-type] # one of the three
    told = "\n".join(got.faults)
    assert got.precision >= precision, told
    assert got.recall >= recall, told
    assert 100 * got.right_kind / got.requests >= kinds, told
    assert 100 * got.right_unread / got.requests >= kinds, told


def test_the_corpus_is_large_and_half_of_it_is_no_plain_hit() -> None:
    every = list(cases())
    assert len(every) >= 220
    hard = [case for case in every if not case.want or len(case.want) > 1 or case.unread]
    assert len(hard) >= 0.4 * len(every)


def _schema(fields: Sequence[NamedField]) -> JsonObject:
    properties: JsonObject = {}
    for one in fields:
        if len(one.path) > 1:
            continue
        temporal = one.kind.startswith("date")
        kind: JsonObject = {"type": ["string" if temporal else one.kind, "null"]}
        if temporal:
            kind["format"] = one.kind
        if one.values:
            kind["enum"] = [*one.values, None]
        properties[one.path[0]] = kind
    items = {"type": "object", "properties": properties, "required": [*properties]}
    return {"type": "array", "items": items, "minItems": 50, "maxItems": 50}


@pytest.mark.parametrize("case", [c for c in cases() if c.want and len(c.fields[0].path) == 1])
def test_what_is_read_can_be_computed(case: Case) -> None:
    statements = list(case.read().statements)
    try:
        specs = read_specs(_schema(case.fields), statements)
    except ContradictionError:
        return  # What the words ask cannot be: that is told as it is.
    except SpecError as error:
        pytest.fail(f"{case.prompt or case.rules}: {error}")
    assert bool(specs) == bool(statements)


def test_what_is_understood_and_what_is_not_are_quoted_as_written() -> None:
    found = read("Ages ~ N(35, 12). Salaries are right–skewed, in £. Write “kind” biographies.")
    assert found.understood == ("Ages ~ N(35, 12)",)
    assert found.unread == ("Salaries are right–skewed",)
    assert found.kind == "hybrid"


def test_a_request_is_computational_where_nothing_is_left_to_write() -> None:
    prompt = "Generate 1000 records with ages normally distributed, mean 35, sd 12"
    assert read(prompt, FIELDS[2:3]).kind == "computational"
    assert read(prompt + ". Write a short biography of each person.", FIELDS[2:3]).kind == "hybrid"
    assert read(prompt, FIELDS).kind == "hybrid"


def test_a_rule_that_is_held_anyway_is_no_statistics() -> None:
    found = detect(prompt=None, rules=["age is between 18 and 99"], fields=FIELDS)
    assert found == Detected("language")
    found = detect(prompt="ages normal(40, 9)", rules=["age is between 18 and 99"], fields=FIELDS)
    assert {"path": "age", "min": 18, "max": 99} in found.statements


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("50k", 50_000), ("$50k", 50_000), ("1.5M", 1_500_000), ("1,000", 1000), ("35.5", 35.5),
        ("2 million", 2_000_000), ("twelve", 12), ("fifty thousand", 50_000), ("€1,250.50", 1250.5),
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(said: str, number: float) -> None:
    assert read(f"an average salary of {said}").statements == ({"path": "salary", "mean": number},)


@pytest.mark.parametrize(
    ("path", "spoken"),
    [
        ("annualRevenue", "revenue"), ("annual_revenue", "annual revenues"),
        ("companySize", "employees"), ("hourly-wage", "pay"), ("heightCm", "heights"),
        ("waitSeconds", "wait times"), ("yearsExperience", "years of experience"),
    ],
)  # fmt: skip
def test_a_field_is_known_by_its_words_and_their_synonyms(path: str, spoken: str) -> None:
    found = read(f"{spoken} follow a normal distribution", [NamedField((path,), "number")])
    assert found.statements == ({"path": path, "distribution": {"family": "normal"}},)


def test_a_nested_field_is_named_by_its_path_and_one_with_a_dot_by_a_pointer() -> None:
    nested = [NamedField(("address", "city"), "string"), NamedField(("home", "income"), "number")]
    (found,) = read("lognormal incomes", nested).statements
    assert found["path"] == "home.income"
    (found,) = read("lognormal incomes", [NamedField(("a.b", "income"), "number")]).statements
    assert found["path"] == "/a.b/income"


def test_a_word_that_fits_two_fields_alike_names_neither() -> None:
    fields = [NamedField(("mathScore",), "number"), NamedField(("readingScore",), "number")]
    found = read("scores follow a normal distribution", fields)
    assert found.statements == ()
    assert found.unread == ("scores follow a normal distribution",)


def test_the_path_of_the_request_names_a_bare_value() -> None:
    fields = [NamedField(("value",), "number"), NamedField(("unit",), "string")]
    prompt = "temperatures follow a normal distribution"
    assert read(prompt, fields).unread == (prompt,)
    assert read(prompt, fields, path="/lab/temperatures").statements != ()


@pytest.mark.parametrize(
    "prompt",
    [
        "ages need not be unique", "ids don't have to be sequential", "no need to sort by age",
        "an article on the normal distribution of ages", "names may repeat",
    ],
)  # fmt: skip
def test_what_is_waived_or_only_spoken_of_is_nothing(prompt: str) -> None:
    assert read(prompt) == Detected("language")


def test_what_is_refused_is_told() -> None:
    found = read("ages must not be normally distributed")
    assert (found.kind, found.statements) == ("language", ())
    assert found.unread == ("ages must not be normally distributed",)


@pytest.mark.parametrize(
    ("prompt", "value"),
    [
        ("ages normal(35, 12), truncated at 0", {"path": "age", "min": 0}),
        ("ages normal(35, 12), truncated at 80", {"path": "age", "max": 80}),
        ("ages normal(35, 12), at least 18", {"path": "age", "min": 18}),
        (
            "joined between 2020 and 2023",
            {"path": "joined", "min": "2020-01-01", "max": "2023-12-31"},
        ),
    ],
)  # fmt: skip
def test_bounds_stand_beside(prompt: str, value: JsonObject) -> None:
    assert value in read(prompt).statements


def test_shares_that_contradict_each_other_are_kept_for_the_reading_to_refuse() -> None:
    (found,) = read("90% active, 30% inactive").statements
    assert found["ratio"] == {"active": 0.9, "inactive": 0.3}


def test_what_stands_behind_the_end_of_what_is_read_is_told() -> None:
    found = read("x" * MOST_READ + ". ages follow a normal distribution")
    assert (found.kind, found.statements) == ("language", ())
    assert found.unread == ("follow a normal distribution",)


def test_many_fields_with_many_values_take_no_time() -> None:
    def look(size: int) -> None:
        values = tuple(f"value {i} of many" for i in range(1_000))
        fields = [NamedField((f"someField{i}",), "string", values) for i in range(size)]
        assert read("80% active, someField7 is unique", fields).statements

    assert growth(look, 100) < 2.5
    look(2_000)


_HOSTILE = {
    "one word": "a" * 20_000,
    "numbers": "1,000," * 3_000,
    "colons": "1:" * 9_000,
    "shares": "80% of the a a a " * 600,
    "a third": "a third of the " * 700,
    "calls": "normal(" * 2_000,
    "families": "ages normal (mean 3 " * 500,
    "lines": "age is normal\n" * 800,
    "verbs": "age " + "is " * 4_000,
    "names": "age " * 4_000,
    "values": "active " * 2_000,
    "sums": "age = sum of age, " * 600,
    "products": "age = " + "age * " * 2_000,
    "clauses": "1; " * 4_000,
    "bins": "1-2: 3% " * 1_500,
    "mixed": "ages correlate with salary, 80% active; sorted by age; " * 200,
    "quotes": "'\"" * 6_000,
    "spaces": "ages " + " " * 12_000,
}


@pytest.mark.parametrize("name", _HOSTILE)
def test_hostile_words_take_no_time(name: str) -> None:
    def look(size: int) -> None:
        text = _HOSTILE[name][:size]
        detect(prompt=text, rules=[text[: size // 10]] * 20, fields=FIELDS)

    assert growth(look, 2_000) < 2.5
    look(20_000)


_SPOKEN = """
ages age salary status active inactive 80% 20% normal normally distributed mean 35 sd 12
correlates with between and 18 99 sorted by unique sum to 100 = * half of the average is
not , ; . ( ) missing from 1000 daily N(35,12) R2 > 0.8 bimodal peaks at 20 trend weekly
"""


@given(st.lists(st.sampled_from(_SPOKEN.split()), max_size=40).map(" ".join))
def test_any_words_are_read_without_a_fault_and_always_alike(prompt: str) -> None:
    found = read(prompt)
    assert found == read(prompt)
    assert (found.kind == "language") == (not found.statements)
    assert all(part in prompt for part in (*found.understood, *found.unread))


@given(st.text(max_size=300))
def test_any_text_is_read_without_a_fault(prompt: str) -> None:
    assert read(prompt).kind in ("language", "hybrid")
