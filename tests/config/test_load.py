from __future__ import annotations

import contextlib
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockwright.config import Loaded, load_settings, masked, read_settings
from mockwright.errors import ConfigError
from mockwright.settings import Settings
from tests.shared_data import shared

ROOT = Path(__file__).resolve().parents[2]
ONE = "backends: [{name: a, provider: embedded}]\n"


def load(tmp_path: Path, text: str, ending: str = ".yaml", **environ: str) -> Loaded:
    path = tmp_path / f"config{ending}"
    path.write_text(text)
    return read_settings(path, environ)


def faults(tmp_path: Path, text: str, ending: str = ".yaml", **environ: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text, ending, **environ)
    return str(caught.value).splitlines()


# Files


def test_without_a_file_the_embedded_backend_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings(None, {}) == Settings()


def test_the_default_file_is_read_where_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    (tmp_path / "config/mockwright.yaml").write_text("server: {port: 7}")
    assert load_settings(None, {}).server.port == 7


def test_a_named_file_wins_over_the_environments(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("server: {port: 1}")
    (tmp_path / "b.yaml").write_text("server: {port: 2}")
    environ = {"MOCKWRIGHT_CONFIG": str(tmp_path / "b.yaml")}
    assert load_settings(None, environ).server.port == 2
    assert load_settings(tmp_path / "a.yaml", environ).server.port == 1


@pytest.mark.parametrize(
    ("ending", "text"),
    [
        (".yaml", "server: {port: 80}"),
        (".yml", "server:\n  port: 80"),
        (".toml", "[server]\nport = 80"),
        (".json", '\ufeff{"server": {"port": 80}}'),
        (".json", '{"server": /* the */ {"port": 80,}, // trailing\n}'),
    ],
)
def test_the_ending_tells_the_format(tmp_path: Path, ending: str, text: str) -> None:
    assert load(tmp_path, text, ending).settings.server.port == 80


def test_comment_marks_in_json_texts_are_text(tmp_path: Path) -> None:
    text = '{"mock": {"locale": "a//b,}/*c*/"}}'
    assert load(tmp_path, text, ".json").settings.mock.locale == "a//b,}/*c*/"


@pytest.mark.parametrize("ending", [".yaml", ".toml", ".json"])
def test_an_empty_file_is_the_defaults(tmp_path: Path, ending: str) -> None:
    assert load(tmp_path, "\n", ending).settings == Settings()


@pytest.mark.parametrize(
    ("ending", "text", "told"),
    [
        (".ini", "", "cannot read a .ini file; use .yaml"),
        (".yaml", "- a", "expected a mapping"),
        (".yaml", "a: [", "line 1"),
        (".yaml", "server: {port: 1}\nserver: {}", "line 2, column 1: key 'server' is given twice"),
        (".yaml", "a: !!python/object:os.system x", "line 1, column 4"),
        (".yaml", "a: !!binary aGk=", "bytes values cannot be used here"),
        (".yaml", "5116: x", "key 5116 is not text"),
        (".yaml", "&a [*a]", "nested deeper"),
        (".yaml", "[" * 5000, "nested deeper"),
        (".yaml", "mock: {seed: .nan}", "nan is no JSON value"),
        (".json", "{", "line 1, column"),
        (".json", '{"a": NaN}', "NaN is no JSON value"),
        (".json", '{"a": 1, "a": 2}', "key 'a' is given twice"),
        (".json", "[" * 100_000, "nested deeper"),
        (".toml", "a = ", "not TOML"),
        (".yaml", "#" * (2**20 + 1), "larger than"),
    ],
)
def test_an_unreadable_file_is_told_with_its_name(
    tmp_path: Path, ending: str, text: str, told: str
) -> None:
    (line,) = faults(tmp_path, text, ending)
    assert line.startswith(str(tmp_path / f"config{ending}"))
    assert told in line


def test_a_missing_file_or_one_that_is_no_text_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file"):
        load_settings(tmp_path / "none.yaml", {})
    (tmp_path / "dir.yaml").mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(tmp_path / "dir.yaml", {})
    (tmp_path / "latin.yaml").write_bytes(b"a: \xff")
    with pytest.raises(ConfigError, match="not UTF-8: byte 3"):
        load_settings(tmp_path / "latin.yaml", {})


def test_yaml_aliases_work_but_do_not_explode(tmp_path: Path) -> None:
    good = "mock: &m {seed: 3}\nserver: {port: 1}\n"
    assert load(tmp_path, good).settings.mock.seed == 3
    bomb = "a0: &a0 [x, x]\n"
    bomb += "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 40))
    assert "values once its aliases are followed" in faults(tmp_path, bomb)[0]
    merges = "a0: &a0 {x: 1, y: 2}\n"
    merges += "".join(f"a{i}: &a{i} {{<<: [*a{i - 1}, *a{i - 1}]}}\n" for i in range(1, 40))
    assert "too many merged keys" in faults(tmp_path, merges)[0]


@pytest.mark.parametrize(
    ("merged", "port", "host"),
    [
        ("<<: *a", 1, "first"),
        ("<<: [*a, *b]", 1, "first"),
        ("<<: [*b, *a]", 2, "second"),
        ("<<: [*b, *a], port: 3", 3, "second"),
        ("port: 3, <<: [*b, *a]", 3, "second"),
        ("<<: {<<: *b, port: 4}", 4, "second"),
        ("<<: &c {<<: [*a, *c], port: 5}", 5, "first"),
    ],
)
def test_of_several_merged_mappings_the_first_wins(
    tmp_path: Path, merged: str, port: int, host: str
) -> None:
    shapes = f"""{{
        a: &a {{port: 1, host: first}},
        b: &b {{port: 2, host: second}},
        c: {{{merged}}},
        again: &d {{<<: [*b, *a], "=": 6}},
        more: {{<<: [*d, *a]}},
    }}"""
    text = ONE + f"routes: [{{path: /a, shape: {shapes}}}]"
    shape = load(tmp_path, text).settings.routes[0].shape
    assert isinstance(shape, dict)
    assert shape["c"] == {"port": port, "host": host}
    assert shape["again"] == shape["more"] == {"port": 2, "host": "second", "=": 6}


@pytest.mark.parametrize(
    ("merged", "told"),
    [
        ("<<: 5", "line 2, column 9: expected a mapping or list of mappings for merging"),
        ("<<: [{}, [{}]]", "line 2, column 14: expected a mapping or list of mappings"),
    ],
)
def test_nothing_but_mappings_can_be_merged(tmp_path: Path, merged: str, told: str) -> None:
    assert told in faults(tmp_path, f"\na: {{{merged}}}")[0]


def test_a_yaml_date_in_a_shape_stays_text(tmp_path: Path) -> None:
    text = ONE + "routes: [{path: /a, shape: {on: 2024-01-02}}]"
    # "on" is YAML 1.1's true; as a key it has to be quoted.
    assert "key True is not text" in faults(tmp_path, text)[0]
    loaded = load(tmp_path, text.replace("on:", '"on":'))
    assert loaded.settings.routes[0].shape == {"on": "2024-01-02"}


# Faults


def test_every_fault_is_told_with_place_value_expectation_and_nearest_name(tmp_path: Path) -> None:
    lines = faults(
        tmp_path,
        """
        server: {prot: 1, port: 99999}
        backends:
          - {name: a, provider: opnai, weigth: 3}
          - {name: "a b", provider: embedded, maxTokens: 5}
          - {provider: embedded}
          - 5
        log: {level: warn}
        routs: []
        """,
    )
    assert sorted(lines) == sorted(
        [
            "backends[0].provider: 'opnai': expected 'openai', 'azure', 'ollama', 'lmstudio', "
            "'anthropic', 'llamacpp', 'embedded' or 'scripted'; did you mean 'openai'?",
            "backends[0].weigth: unknown key; did you mean 'weight'?",
            "backends[1].name: 'a b': expected a name of at most 64 letters, digits, '.', '_' and "
            "'-'",
            "backends[1].maxTokens: unknown key; did you mean 'max_tokens'?",
            "backends[2].name: required, but not given",
            "backends[3]: 5: expected a mapping of keys to values",
            "server.port: 99999: expected less than or equal to 65535",
            "server.prot: unknown key; did you mean 'port'?",
            "log.level: 'warn': expected 'debug', 'info', 'warning' or 'error'; did you mean "
            "'warning'?",
            "routs: unknown key; did you mean 'routes'?",
        ]
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("backends: []", "backends: an empty list"),
        ("backends: [{name: a, provider: embedded, enabled: false}]", "backends: all are disabled"),
        (
            "backends: [{name: a, provider: embedded}, {name: A, provider: embedded}]",
            "backends[1].name: 'A': expected a name of its own; backends[0] has it already",
        ),
        ("backends: [{name: auto, provider: embedded}]", "backends[0].name: 'auto'"),
        (
            "backends: [{name: near, provider: embedded, fallbacks: [naer]}]",
            "backends[0].fallbacks: 'naer': expected one of near; did you mean 'near'?",
        ),
        (
            "backends: [{name: a, provider: embedded, fallbacks: [A]}]",
            "another backend than itself",
        ),
        ("backends: [{name: a, base_url: 'localhost:1'}]", "backends[0].base_url: expected a URL"),
        ("backends: [{name: a, base_url: 'http://x:999999'}]", "backends[0].base_url"),
        ("backends: [{name: a, provider: ollama}]", "backends[0].model: required"),
        ("backends: [{name: a, provider: scripted}]", "backends[0].responses: required"),
        (
            ONE + "routes: [{path: /a, backend: 'a, b'}]",
            "routes[0].backend: 'b': expected one of a",
        ),
        (ONE + "routes: [{path: a}]", "routes[0].path: 'a': expected a path that starts with '/'"),
        ("server: {admin_token: ''}", "server.admin_token: expected a text that is not empty"),
        ("resilience: {timeout: 500}", "resilience.deadline: 120: expected at least"),
    ],
)
def test_parts_that_do_not_fit_are_faults(tmp_path: Path, text: str, told: str) -> None:
    assert told in "\n".join(faults(tmp_path, text))


def test_secrets_are_in_no_fault(tmp_path: Path) -> None:
    text = """
    server: {admin_token: [hunter2]}
    backends:
      - {name: a, api_key: {k: hunter2}, headers: {X: {y: hunter2}}}
      - {name: b, base_url: "ftp://me:hunter2@host", weight: "${WEIGHT}"}
    """
    told = "\n".join(faults(tmp_path, text, WEIGHT="hunter2"))
    assert "hunter2" not in told
    assert "backends[1].weight: '${WEIGHT}'" in told


@given(st.binary(max_size=200))
def test_no_file_content_ends_in_anything_but_settings_or_a_config_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    for ending in (".yaml", ".json", ".toml"):
        path = tmp_path_factory.getbasetemp() / f"any{ending}"
        path.write_bytes(content)
        with contextlib.suppress(ConfigError):
            assert read_settings(path, {}).settings


# ${VAR}


def test_variables_are_expanded_in_values(tmp_path: Path) -> None:
    text = (
        ONE + 'server: {port: "${PORT:-81}", host: "${HOST}"}\nmock: {locale: "$${x}${EMPTY:-y}"}'
    )
    settings = load(tmp_path, text, HOST="h", EMPTY="").settings
    assert (settings.server.port, settings.server.host) == (81, "h")
    assert settings.mock.locale == "${x}y"
    assert load(tmp_path, text, HOST="h", PORT="82").settings.server.port == 82


def test_what_a_variable_holds_is_not_expanded_again(tmp_path: Path) -> None:
    assert load(tmp_path, "mock: {locale: '${A}'}", A="${B}").settings.mock.locale == "${B}"
    overlaid = load(tmp_path, "", MOCKWRIGHT_MOCK__LOCALE="${B}").settings
    assert overlaid.mock.locale == "${B}"


def test_an_unset_variable_is_a_fault_at_its_place(tmp_path: Path) -> None:
    assert faults(tmp_path, "backends: [{name: a, api_key: '${KEY}'}]") == [
        "backends[0].api_key: ${KEY}: the environment variable KEY is not set"
    ]
    assert "expected ${NAME}" in faults(tmp_path, "mock: {locale: '${A-b}'}")[0]


def test_an_unset_secret_of_a_disabled_backend_is_no_fault(tmp_path: Path) -> None:
    text = """
    backends:
      - {name: a, provider: embedded}
      - {name: b, enabled: "${ON:-false}", api_key: "${KEY}", headers: {X-Key: "${KEY}"}}
    """
    backend = load(tmp_path, text).settings.backends[1]
    assert backend.api_key is None
    assert backend.headers == {}
    assert len(faults(tmp_path, text, ON="true")) == 2


def test_the_environment_can_stand_in_for_an_unset_variable(tmp_path: Path) -> None:
    text = "backends: [{name: a, api_key: '${KEY}'}]"
    key = load(tmp_path, text, MOCKWRIGHT_BACKENDS__0__API_KEY="k").settings.backends[0].api_key
    assert key is not None
    assert key.get_secret_value() == "k"


# MOCKWRIGHT_...


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        "backends: [{name: a, provider: embedded}, {name: b, provider: embedded}]",
        MOCKWRIGHT_SERVER__PORT="90",
        MOCKWRIGHT_SERVER__CORS_ORIGINS='["https://a", "https://b"]',
        MOCKWRIGHT_BACKENDS__1__WEIGHT="4",
        MOCKWRIGHT_BACKENDS__2='{"name": "c", "provider": "embedded"}',
        MOCKWRIGHT_BACKENDS__2__WEIGHT="5",
        MOCKWRIGHT_MOCK='{"seed": 3}',
        MOCKWRIGHT_LOG__LEVEL="",
    ).settings
    assert settings.server.port == 90
    assert settings.server.cors_origins == ("https://a", "https://b")
    assert [(b.name, b.weight) for b in settings.backends] == [("a", 1), ("b", 4), ("c", 5)]
    assert settings.mock.seed == 3
    assert settings.log.level == "info"


def test_the_environment_alone_can_name_the_backends() -> None:
    environ = {"MOCKWRIGHT_BACKENDS__0__NAME": "x", "MOCKWRIGHT_BACKENDS__0__PROVIDER": "embedded"}
    assert [b.name for b in load_settings(None, environ).backends] == ["x"]


def test_a_secret_that_looks_like_json_is_text(tmp_path: Path) -> None:
    token = load(tmp_path, "", MOCKWRIGHT_SERVER__ADMIN_TOKEN="{x").settings.server.admin_token
    assert token is not None
    assert token.get_secret_value() == "{x"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("MOCKWRIGHT_SERVER__PROT", "1", "unknown key; did you mean 'port'?"),
        ("MOCKWRIGHT_SERVER__PORT", "x", "'x': expected a valid integer"),
        ("MOCKWRIGHT_SERVER__PORT__X", "1", "expected"),
        ("MOCKWRIGHT_BACKENDS__7__WEIGHT", "1", "there is no item 7: the list has 1"),
        ("MOCKWRIGHT_BACKENDS__X__WEIGHT", "1", "'x': expected an index here"),
        ("MOCKWRIGHT_MOCK", "{x", "starts like JSON, but is not"),
    ],
)
def test_a_faulty_variable_is_told_by_its_name(
    tmp_path: Path, name: str, value: str, told: str
) -> None:
    text = ONE + "server: {port: 1}"
    lines = faults(tmp_path, text, **{name: value})
    assert any(line.startswith(name) and told in line for line in lines), lines


def test_a_variable_that_is_no_setting_is_left_alone_with_a_note(tmp_path: Path) -> None:
    meant = "not a setting, left alone; did you mean 'MOCKWRIGHT_SERVER__PORT'?"
    given = {"MOCKWRIGHT_SERVER_PORT": "1", "MOCKWRIGHT_PORT": "tcp://1", "MOCKWRIGHT_QQQ": "1"}
    loaded = load(tmp_path, "", **given)
    assert loaded.settings == Settings()
    assert loaded.notes == (f"MOCKWRIGHT_SERVER_PORT: {meant}", f"MOCKWRIGHT_PORT: {meant}")


# The ancestor's form


def article_examples() -> list[str]:
    text = shared("article/article.txt").read_text()
    found = []
    for match in re.finditer(r'^\{\s*"MockLlmApi"', text, re.MULTILINE):
        _, end = json.JSONDecoder().raw_decode(text, match.start())
        found.append(text[match.start() : end])
    return found


def test_the_articles_two_configurations_are_read_as_they_are(tmp_path: Path) -> None:
    first, second = (load(tmp_path, text, ".json") for text in article_examples())
    assert first.notes == second.notes == ()
    assert [(b.name, b.provider, b.model, b.enabled) for b in first.settings.backends] == [
        ("generator", "ollama", "gemma3:4b", True),
        ("enricher", "ollama", "mistral-nemo", True),
        ("validator", "openai", "gpt-4", False),
    ]
    generator = first.settings.backends[0]
    assert (generator.max_tokens, generator.temperature, generator.context_window) == (
        2048,
        1.2,
        8192,
    )
    assert first.settings.resilience.timeout == 60
    assert first.settings.resilience.num_retries == 3
    assert [b.weight for b in second.settings.backends] == [10, 3, 1]
    assert second.settings.backends[2].api_key is None


def ancestor(**keys: object) -> str:
    section = {"LlmBackends": [{"Name": "a", "ModelName": "m"}], **keys}
    return json.dumps({"Logging": {}, "AllowedHosts": "*", "MockLlmApi": section})


def test_every_ancestor_key_with_a_counterpart_is_translated(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        ancestor(
            timeoutseconds=300,
            EnableRetryPolicy=False,
            MaxRetryAttempts=2,
            RetryBaseDelaySeconds=0.5,
            EnableCircuitBreaker=False,
            CircuitBreakerFailureThreshold=7,
            CircuitBreakerDurationSeconds=8,
            MaxCachePerKey=9,
            CacheSlidingExpirationMinutes=2,
            CacheAbsoluteExpirationMinutes=3,
            CacheRefreshThresholdPercent=25,
            MaxItems=11,
            MaxRequestSizeBytes=4096,
            EnableVerboseLogging=True,
            EnableManagementAuth=True,
            ManagementAuthSecret="s",
            Cors={"Enabled": True, "AllowedOrigins": ["https://a"]},
        ),
        ".json",
    ).settings
    r, c = settings.resilience, settings.cache
    assert (r.timeout, r.deadline, r.retry, r.num_retries) == (300, 300, False, 2)
    assert (r.retry_backoff_initial, r.breaker, r.allowed_fails) == (0.5, False, 7)
    assert (r.cooldown_time, c.max_variants, c.idle, c.ttl) == (8, 9, 120, 180)
    assert (c.refill_below, settings.limits.max_items, settings.limits.body_bytes) == (
        0.25,
        11,
        4096,
    )
    assert settings.log.level == "debug"
    assert settings.server.admin_token is not None
    assert settings.server.cors_origins == ("https://a",)


def test_the_ancestors_single_backend_is_read(tmp_path: Path) -> None:
    text = json.dumps({"mockllmapi": {"BaseUrl": "http://h:1/v1/", "ModelName": "m"}})
    (backend,) = load(tmp_path, text, ".json").settings.backends
    assert (backend.name, backend.provider, backend.base_url, backend.model) == (
        "default",
        "ollama",
        "http://h:1/v1/",
        "m",
    )


def test_an_ancestor_key_without_counterpart_is_noted(tmp_path: Path) -> None:
    loaded = load(
        tmp_path, ancestor(SseMode="LlmTokens", Tools=[], EnableRateLimiting=False), ".json"
    )
    assert loaded.notes == ("MockLlmApi.SseMode: has no effect here",)


def test_a_disabled_backend_of_an_unknown_provider_is_left_out(tmp_path: Path) -> None:
    backends = [
        {"Name": "x", "Provider": "bedrock", "Enabled": False},
        {"Name": "a", "ModelName": "m", "Weight": 2},
    ]
    loaded = load(tmp_path, ancestor(LlmBackends=backends), ".json")
    assert [(b.name, b.weight) for b in loaded.settings.backends] == [("a", 2)]
    assert "bedrock" in loaded.notes[0]


def test_ancestor_faults_are_told_in_the_ancestors_words(tmp_path: Path) -> None:
    backends = [{"Name": "a", "Provider": "bedrock", "Weight": -1, "ModelNam": "m"}]
    lines = faults(tmp_path, ancestor(LlmBackends=backends, TimeoutSecond=1, MaxItems=0), ".json")
    where = "MockLlmApi.LlmBackends[0]"
    assert f"{where}.ModelNam: unknown key; did you mean 'ModelName'?" in lines
    assert "MockLlmApi.TimeoutSecond: unknown key; did you mean 'TimeoutSeconds'?" in lines
    assert f"{where}.Weight: -1: expected greater than or equal to 0" in lines
    assert "MockLlmApi.MaxItems: 0: expected greater than or equal to 1" in lines
    assert any(line.startswith(f"{where}.Provider: 'bedrock'") for line in lines)


def test_our_own_sections_may_stand_beside_the_ancestors(tmp_path: Path) -> None:
    tree = json.loads(ancestor()) | {"server": {"port": 5}}
    assert load(tmp_path, json.dumps(tree), ".json").settings.server.port == 5
    tree["backends"] = [{"name": "b", "provider": "embedded"}]
    assert "given here and in MockLlmApi" in faults(tmp_path, json.dumps(tree), ".json")[0]


@pytest.mark.parametrize("section", [5, {"LlmBackends": 5}, {"LlmBackends": [5]}, {"Cors": 5}])
def test_an_ancestor_section_of_the_wrong_form_is_a_fault(tmp_path: Path, section: object) -> None:
    assert faults(tmp_path, json.dumps({"MockLlmApi": section}), ".json")


# What is shipped


def test_the_commented_default_is_the_default() -> None:
    assert load_settings(ROOT / "config/mockwright.yaml", {}) == Settings()


def test_the_commented_default_names_every_key() -> None:
    text = (ROOT / "config/mockwright.yaml").read_text()
    keys = [key for section in masked(Settings()).values() for key in _keys(section)]
    assert [key for key in keys if f"{key}:" not in text] == []


def _keys(section: object) -> list[str]:
    if isinstance(section, list):
        return [key for item in section for key in _keys(item)]
    return list(section) if isinstance(section, dict) else []


EXAMPLES = [*sorted((ROOT / "config").glob("*.yaml")), ROOT / "config/ancestor.json"]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_every_example_file_loads(path: Path) -> None:
    loaded = read_settings(path, {"OPENAI_API_KEY": "x"})
    assert loaded.notes == ()


PAGE = (ROOT / "docs/configuration.md").read_text()


@pytest.mark.parametrize("block", re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))
def test_every_example_of_the_configuration_page_loads(tmp_path: Path, block: str) -> None:
    load(tmp_path, block, OPENAI_API_KEY="x")


def test_the_faults_on_the_configuration_page_are_what_comes_out(tmp_path: Path) -> None:
    (block,) = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    text = "backends: [{name: a, provider: opnai}]\nserver: {prot: 1}"
    lines = faults(tmp_path, text, MOCKWRIGHT_LIMITS__MAX_ITEMS="many")
    assert sorted(lines) == sorted(block.splitlines())


# masked


def test_secrets_are_masked_and_the_rest_is_shown(tmp_path: Path) -> None:
    text = """
    server: {admin_token: hunter2}
    backends:
      - {name: a, api_key: hunter2, headers: {X: hunter2}, base_url: "http://me:hunter2@h/v1"}
    """
    shown = masked(load(tmp_path, text).settings)
    assert "hunter2" not in json.dumps(shown)
    assert shown["backends"][0]["base_url"] == "http://***@h/v1"
    assert shown["server"]["port"] == 5116
