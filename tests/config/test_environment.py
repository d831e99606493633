from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockwright.config import read_settings
from mockwright.errors import ConfigError
from tests.config.test_load import faults, load

TWO = "backends: [{name: a, provider: embedded}, {name: b, provider: embedded, weight: 2}]\n"


def test_an_item_of_a_list_is_set_and_its_neighbours_stay(tmp_path: Path) -> None:
    backends = load(tmp_path, TWO, MOCKWRIGHT_BACKENDS__0__MODEL="m").settings.backends
    assert [(one.name, one.model, one.weight) for one in backends] == [("a", "m", 1), ("b", "", 2)]


def test_items_within_items_are_set(tmp_path: Path) -> None:
    backend, _ = load(
        tmp_path,
        TWO,
        MOCKWRIGHT_BACKENDS__0__RESPONSES__0__REPLY="one",
        MOCKWRIGHT_BACKENDS__0__RESPONSES__1='{"reply": "two"}',
        MOCKWRIGHT_BACKENDS__0__FALLBACKS__0="b",
        MOCKWRIGHT_BACKENDS__0__HEADERS__X_TEAM="blue",
    ).settings.backends
    assert [reply.text for reply in backend.responses] == ["one", "two"]
    assert backend.fallbacks == ("b",)
    assert backend.headers["x_team"].get_secret_value() == "blue"


def test_items_past_the_end_are_added_in_their_order_whatever_the_environments() -> None:
    names = {f"MOCKWRIGHT_BACKENDS__{i}__NAME": f"b{i}" for i in (10, 2, 0, 7, 1, 5, 3, 9, 4, 8, 6)}
    settings = read_settings(None, {**names, "MOCKWRIGHT_BACKENDS": "[]"}).settings
    assert [backend.name for backend in settings.backends] == [f"b{i}" for i in range(11)]


def test_a_mapping_that_a_variable_gives_replaces_the_files(tmp_path: Path) -> None:
    text = TWO + "mock: {seed: 1, locale: de}\napi: {aliases: {x: a, y: b}}"
    settings = load(
        tmp_path,
        text,
        MOCKWRIGHT_MOCK='{"seed": 3}',
        MOCKWRIGHT_API__ALIASES='{"z": "a"}',
        MOCKWRIGHT_MOCK__REASKS="2",
    ).settings
    assert (settings.mock.seed, settings.mock.reasks, settings.mock.locale) == (3, 2, "en")
    assert settings.api.aliases == {"z": "a"}


def test_a_variable_that_stands_in_for_an_unset_one_is_checked(tmp_path: Path) -> None:
    assert faults(tmp_path, "server: {port: '${PORT}'}", MOCKWRIGHT_SERVER__PORT="x") == [
        "MOCKWRIGHT_SERVER__PORT: 'x': expected a valid integer, unable to parse string as an "
        "integer"
    ]


def test_a_variable_stands_in_for_the_unset_parts_of_what_it_replaces(tmp_path: Path) -> None:
    text = "backends: [{name: a}, {name: b, enabled: false, api_key: '${KEY}'}]"
    given = '[{"name": "e", "provider": "embedded"}]'
    settings = load(tmp_path, text, MOCKWRIGHT_BACKENDS=given).settings
    assert [backend.name for backend in settings.backends] == ["e"]


def test_a_variable_of_a_part_does_not_stand_in_for_the_whole(tmp_path: Path) -> None:
    assert faults(tmp_path, "server: '${SERVER}'", MOCKWRIGHT_SERVER__PORT="x") == [
        "server: ${SERVER}: the environment variable SERVER is not set",
        "MOCKWRIGHT_SERVER__PORT: 'x': expected a valid integer, unable to parse string as an "
        "integer",
    ]


def test_a_key_that_the_environment_gives_a_disabled_backend_is_kept(tmp_path: Path) -> None:
    text = TWO.replace("weight: 2", "enabled: false, api_key: '${KEY}'")
    key = load(tmp_path, text, MOCKWRIGHT_BACKENDS__1__API_KEY="k").settings.backends[1].api_key
    assert key is not None
    assert key.get_secret_value() == "k"


def test_a_fault_shows_what_the_variable_holds_and_not_what_the_file_has(tmp_path: Path) -> None:
    (line,) = faults(
        tmp_path, "mock: {reasks: '${N}'}", N="hunter2", MOCKWRIGHT_MOCK__REASKS="many"
    )
    assert line.startswith("MOCKWRIGHT_MOCK__REASKS: 'many': expected a valid integer")


def test_what_a_faulty_variable_leaves_in_place_is_told_as_the_file_has_it(tmp_path: Path) -> None:
    lines = faults(tmp_path, "mock: {reasks: '${N}'}", N="hunter2", MOCKWRIGHT_MOCK__REASKS="{many")
    assert lines[0] == "MOCKWRIGHT_MOCK__REASKS: starts like JSON, but is not"
    assert "hunter2" not in "".join(lines)


def test_a_fault_within_what_a_variable_replaces_is_told_by_its_name(tmp_path: Path) -> None:
    text = '{"MockLlmApi": {"LlmBackends": [{"Name": "a", "ModelName": "m"}]}}'
    given = '[{"name": "b", "provider": "embedded", "weight": -1}]'
    assert faults(tmp_path, text, ".json", MOCKWRIGHT_BACKENDS=given) == [
        "MOCKWRIGHT_BACKENDS[0].weight: -1: expected greater than or equal to 0"
    ]


STEPS = st.sampled_from(
    ["BACKENDS", "SERVER", "MOCK", "FLOWS", "NOPE", "0", "1", "7", "NAME", "API_KEY", "HEADERS", ""]
)
NAMES = st.lists(STEPS, min_size=1, max_size=4).map(lambda steps: "MOCKWRIGHT_" + "__".join(steps))
VALUES = st.sampled_from(
    ["x", "1", "", "true", "[]", "{}", "{", "null", "[{}]", '[{"name": "e"}]', '{"name": "e"}']
)
TEXT = """
server: {port: "${PORT}"}
mock: "${MOCK}"
backends:
  - {name: a, api_key: "${KEY}", headers: {X: "${KEY}"}, price: "${PRICE}"}
  - {name: b, api_key: "${KEY}", headers: ["${KEY}", "${KEY}"], enabled: false}
  - "${BACKEND}"
"""


@given(st.dictionaries(NAMES, VALUES, max_size=6))
def test_no_environment_ends_in_anything_but_settings_or_told_faults(
    tmp_path_factory: pytest.TempPathFactory, environ: dict[str, str]
) -> None:
    path = tmp_path_factory.getbasetemp() / "unset.yaml"
    path.write_text(TEXT)
    for chosen in (path, None):
        outcome = ""
        try:
            outcome = repr(read_settings(chosen, environ).settings)
        except ConfigError as error:
            outcome = str(error)
        assert outcome
