"""The pytest plugin, in suites of its own."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest
from pydantic import SecretStr

from mockwright.settings import ServerSettings, Settings
from mockwright.testing import running

pytest_plugins = ["pytester"]
# What the suites use: a run in this process forgets what was first imported in it.
for name in ("aiohttp", "mockwright.app", "mockwright.web.http.protocol", "respx"):
    import_module(name)


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeini(
        "[pytest]\nfilterwarnings = error\nasyncio_mode = auto\n"
        "asyncio_default_fixture_loop_scope = function\n"
    )
    return pytester


def run(suite: pytest.Pytester, *words: str) -> pytest.RunResult:
    return suite.runpytest_inprocess("-p", "no:cacheprovider", *words)


def run_apart(suite: pytest.Pytester, *words: str) -> pytest.RunResult:
    """In a process of its own, as people run it: a second and more of imports each time."""
    # The plugin of hypothesis would import it all to have nothing to say.
    without = ("-p", "no:cacheprovider", "-p", "no:hypothesispytest")
    return suite.runpytest_subprocess(*without, *words, timeout=90)


def test_a_test_has_a_gateway_for_itself(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        """
        import httpx

        def test_one(mockwright):
            mockwright.shape("/users/*", {"id": 0, "name": "string"}, seed=7)
            first = mockwright.client.get("/users/1")
            assert set(first.json()) == {"id", "name"}
            assert httpx.get(f"{mockwright.url}/users/1").content == first.content
            mockwright.assert_called("/users/1", times=2)

        def test_two(mockwright):
            mockwright.assert_not_called("/**")
            mockwright.route("/login", method="POST", json={"token": "t"}, status=201)
            response = mockwright.client.post("/login", json={"user": "ann", "age": 5})
            assert (response.status_code, response.json()) == (201, {"token": "t"})
            mockwright.assert_called("/login", json={"user": "ann"})
            (call,) = mockwright.requests("/login")
            assert (call.method, call.status, call.json["age"]) == ("POST", 201, 5)

        def test_three(mockwright):
            mockwright.faults([{"sequence": [{"status": 503}, "pass"]}])
            assert [mockwright.client.get("/x").status_code for _ in "ab"] == [503, 200]
            assert [call.fault for call in mockwright.requests()] == ["status 503", ""]
            mockwright.reset()
            mockwright.assert_not_called("/**")

        async def test_four(mockwright):
            async with mockwright.async_client() as client:
                assert (await client.get("/users/1")).status_code == 200
            mockwright.assert_called("/users/1")
        """
    )
    run_apart(suite).assert_outcomes(passed=4)


def test_tests_in_parallel_do_not_see_each_other(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("n", range(12))
        @pytest.mark.mockwright(state=True)
        def test_each(mockwright, n):
            assert mockwright.client.post("/users", json={"n": n}).status_code == 201
            assert [user["n"] for user in mockwright.client.get("/users").json()] == [n]
        """
    )
    run_apart(suite, "-n", "2").assert_outcomes(passed=12)


def test_a_failure_shows_what_came(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        """
        def test_it(mockwright):
            mockwright.client.get("/users/1?page=2")
            assert False

        def test_called(mockwright):
            mockwright.client.get("/users/1")
            mockwright.assert_called("/carts")
        """
    )
    result = run(suite)
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        ["*- mockwright -*", "requests of test test_it-*", "  GET /users/1?page=2 -> 200 (*"]
    )
    result.stdout.fnmatch_lines(["*expected a request to /carts at least once, got never*"])


def test_a_marker_says_what_holds(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        """
        import pytest

        pytestmark = pytest.mark.mockwright(seed=1)

        @pytest.mark.mockwright(seed=42)
        def test_nearest(mockwright):
            assert mockwright.client.get("/x").headers["x-mock-seed"].startswith("42;")

        def test_module(mockwright):
            assert mockwright.client.get("/x").headers["x-mock-seed"].startswith("1;")

        @pytest.mark.mockwright(sead=42)
        def test_misspelt(mockwright):
            pass
        """
    )
    result = run(suite)
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*got sead, expected faults, mode, recordings*"])


def test_answers_are_recorded_and_replayed(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        """
        def test_it(mockwright):
            mockwright.freeze("checkout")
            print("\\nANSWER", mockwright.client.get("/users/1").text)
        """
    )
    first, second = run(suite, "-s"), run(suite, "-s", "--mockwright-mode=replay")
    for result in (first, second):
        result.assert_outcomes(passed=1)
    assert len(list((suite.path / "mocks" / "checkout").glob("*.json"))) == 1
    again = run(suite, "-s")
    said = [
        next(line for line in result.outlines if line.startswith("ANSWER"))
        for result in (second, again)
    ]
    assert said[0] == said[1]


def test_a_mode_of_the_command_line_holds_where_a_test_says_nothing(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        """
        def test_it(mockwright):
            response = mockwright.client.get("/users/1")
            assert response.status_code == 501, response.text
        """
    )
    run(suite, "--mockwright-mode=replay").assert_outcomes(passed=1)


def test_the_mode_of_the_command_line_binds_what_tests_say(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        """
        import pytest

        def test_frozen(mockwright):
            mockwright.freeze("new")
            assert mockwright.client.get("/users/1").status_code == 501

        @pytest.mark.mockwright(mode="live")
        def test_marked(mockwright):
            assert mockwright.client.get("/users/1").status_code == 501
        """
    )
    run(suite, "--mockwright-mode=replay").assert_outcomes(passed=2)
    assert not (suite.path / "mocks").exists()


def test_options_that_make_no_sense_are_refused(suite: pytest.Pytester) -> None:
    suite.makepyfile("def test_it(): pass")
    result = run(suite, "--mockwright-url=http://127.0.0.1:9", "--mockwright-config=x.yaml")
    result.stderr.fnmatch_lines(["*--mockwright-config is of a gateway that this session starts*"])
    result = run(suite, "-o", "mockwright_mode=again")
    result.stderr.fnmatch_lines(["*mockwright_mode: got 'again', expected one of live, record,*"])


def test_a_configuration_file_is_found_where_pytest_was_called(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite.makepyfile(
        **{
            "tests/test_it": """
        def test_it(mockwright):
            mockwright.route("/x", json=1)
            assert mockwright.client.get("/x").headers["x-mock-seed"].startswith("9;")
        """
        }
    )
    folder = suite.path / "tests"
    (folder / "my.yaml").write_text("mock: {seed: 9}\nserver: {admin_token: s3cret}\n")
    monkeypatch.chdir(folder)
    run(suite, "--mockwright-config=my.yaml").assert_outcomes(passed=1)


def test_a_fixture_that_fails_shows_what_came(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        """
        import pytest

        @pytest.fixture
        def signed_in(mockwright):
            mockwright.client.post("/login")
            assert False

        def test_it(signed_in): pass
        """
    )
    result = run(suite)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["  POST /login -> 200 (*"])


def test_neither_a_proxy_nor_a_replaced_client_is_in_the_way(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    suite.makepyfile(
        """
        import respx

        def test_proxy(mockwright):
            assert mockwright.client.get("/users/1").status_code == 200

        @respx.mock
        def test_replaced(respx_mock, mockwright):
            mockwright.route("/x", json=1)
            mockwright.assert_not_called("/x")
        """
    )
    run(suite).assert_outcomes(passed=2)


def test_a_gateway_that_runs_already_is_used(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        """
        def test_it(mockwright, request):
            assert mockwright.base_url == request.config.getoption("--mockwright-url")
            assert mockwright.client.get("/users/1").status_code == 200
        """
    )
    with running() as url:
        run(suite, f"--mockwright-url={url}").assert_outcomes(passed=1)


def test_the_token_of_a_gateway_that_runs_already_is_in_the_environment(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite.makepyfile(
        """
        def test_it(mockwright):
            mockwright.assert_not_called("/**")
        """
    )
    with running(Settings(server=ServerSettings(admin_token=SecretStr("s3cret")))) as url:
        run(suite, f"--mockwright-url={url}").assert_outcomes(failed=1, errors=1)
        monkeypatch.setenv("MOCKWRIGHT_SERVER__ADMIN_TOKEN", "s3cret")
        run(suite, f"--mockwright-url={url}").assert_outcomes(passed=1)


def test_the_application_needs_no_socket(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        """
        import httpx

        async def test_it(mockwright_app):
            transport = httpx.ASGITransport(mockwright_app)
            async with httpx.AsyncClient(transport=transport, base_url="http://mock") as client:
                assert (await client.get("/api/mock/users/1")).status_code == 200
        """
    )
    run(suite).assert_outcomes(passed=1)


def test_suites_of_other_clients_work_beside_it(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        """
        import json
        import urllib.request

        import aiohttp
        import httpx
        import respx

        @respx.mock
        def test_respx(respx_mock, mockwright):
            respx_mock.get("https://other.example/").respond(204)
            respx_mock.route(host="127.0.0.1").pass_through()
            assert httpx.get("https://other.example/").status_code == 204
            assert httpx.get(f"{mockwright.url}/users/1").status_code == 200

        async def test_aiohttp(mockwright):
            async with aiohttp.ClientSession() as session:
                async with session.get(f"{mockwright.url}/users/1") as response:
                    assert response.status == 200

        def test_urllib(mockwright):
            with urllib.request.urlopen(f"{mockwright.url}/users/1") as response:
                assert json.load(response)["id"] == 1
            mockwright.assert_called("/users/1", times=1)
        """
    )
    run(suite).assert_outcomes(passed=3)


def test_real_connection_faults_reach_the_client(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        """
        import httpx
        import pytest

        @pytest.mark.parametrize("fault", [{"reset": True}, {"close": True}, {"truncate": 0.5}])
        def test_it(mockwright, fault):
            mockwright.faults([{"sequence": [fault]}])
            with pytest.raises(httpx.TransportError):
                mockwright.client.get("/users/1")
            assert mockwright.client.get("/users/1").status_code == 200

        def test_malformed(mockwright):
            mockwright.faults([{"sequence": [{"malformed": True}]}])
            with pytest.raises(ValueError):
                mockwright.client.get("/users/1").json()
        """
    )
    run(suite).assert_outcomes(passed=4)


def test_a_suite_that_does_not_use_it_imports_nothing_of_the_gateway() -> None:
    script = "import mockwright.testing.plugin, sys; print(*sorted(sys.modules), sep='\\n')"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(done.stdout.split())
    assert not loaded & {"mockwright.app", "fastapi", "uvicorn", "httpx", "pydantic"}
