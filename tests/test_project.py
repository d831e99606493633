"""The files around the source: what can be held without a container engine."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]


def final_stage() -> str:
    return DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]


def test_the_image_is_built_in_stages_from_pinned_slim_bases() -> None:
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert len(bases) == 2
    assert all(re.fullmatch(r"python:3\.\d+-slim", base) for base in bases)


def test_the_final_image_has_no_root_no_build_step_and_a_health_check() -> None:
    stage = final_stage()
    assert re.search(r"^USER (?!root)\w+", stage, re.MULTILINE)
    assert stage.index("COPY --from=build") < stage.index("\nUSER")
    assert "pip install" not in stage
    assert "HEALTHCHECK" in stage
    assert "/healthz" in stage
    assert "EXPOSE 5116" in stage
    assert 'ENTRYPOINT ["mockwright"]' in stage


def test_what_the_image_copies_is_not_ignored() -> None:
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().split() if line[0] == "!"}
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    sources = {source.removeprefix("./") for line in copied for source in line.split()}
    assert sources == kept
    assert all((ROOT / source).exists() for source in sources)


def test_the_health_check_is_python_that_compiles() -> None:
    match = re.search(r'CMD \["python", "-c", "(.*)"\]\n', DOCKERFILE)
    assert match is not None
    compile(match[1], "healthcheck", "exec")


def test_compose_starts_gateway_ollama_and_the_pull_by_default() -> None:
    default = {name for name, service in SERVICES.items() if "profiles" not in service}
    assert default == {"gateway", "ollama", "ollama-pull"}
    profiles = {p for service in SERVICES.values() for p in service.get("profiles", [])}
    assert profiles == {"gpu", "replicas"}


def test_compose_orders_the_start_by_health() -> None:
    pull = SERVICES["ollama-pull"]["depends_on"]
    assert pull == {"ollama": {"condition": "service_healthy"}}
    gateway = SERVICES["gateway"]["depends_on"]
    assert gateway["ollama-pull"] == {"condition": "service_completed_successfully"}
    waited = {
        n
        for s in SERVICES.values()
        for n, d in s.get("depends_on", {}).items()
        if d["condition"] == "service_healthy"
    }
    built = {name for name, service in SERVICES.items() if "build" in service}
    assert all(name in built or "healthcheck" in SERVICES[name] for name in waited)


def test_compose_refers_only_to_what_there_is() -> None:
    for service in SERVICES.values():
        assert set(service.get("depends_on", {})) <= set(SERVICES)
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            if source.startswith("."):
                assert (ROOT / source).exists()
            else:
                assert source in COMPOSE["volumes"]


def test_compose_pins_every_image_it_does_not_build() -> None:
    for service in SERVICES.values():
        if "build" not in service:
            assert re.search(r":[\w.-]*\d", service["image"]), service["image"]


def test_compose_variables_all_have_defaults() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    assert re.findall(r"\$\{[^}:]*\}", text) == []


@pytest.mark.parametrize(
    "name",
    ["requirements.txt", "requirements-dev.txt", "requirements-docs.txt", "requirements-real.txt"],
)
def test_requirements_are_pinned_and_name_no_place(name: str) -> None:
    lines = (ROOT / name).read_text().splitlines()
    assert lines
    for line in lines:
        assert re.fullmatch(r"[A-Za-z0-9._-]+(\[[\w,-]+\])?==[^\s;/]+( ;.*)?", line), line


def test_both_requirements_files_agree() -> None:
    run = set((ROOT / "requirements.txt").read_text().splitlines())
    dev = set((ROOT / "requirements-dev.txt").read_text().splitlines())
    assert {line.split(" ;")[0] for line in run} <= {line.split(" ;")[0] for line in dev}


def test_the_wheel_has_every_table_and_every_licence(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=60)
    (wheel,) = tmp_path.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    tables = {path.relative_to(ROOT / "src").as_posix() for path in ROOT.glob("src/**/*.txt")}
    assert tables
    assert tables <= packed
    licences = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("src/**/LICENSE")}
    assert licences
    assert {"LICENSE", *licences} == {
        name.partition(".dist-info/licenses/")[2] for name in packed if "/licenses/" in name
    }


def test_make_says_what_to_do_about_an_old_python(tmp_path: Path) -> None:
    old = tmp_path / "old-python"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    done = _make("serve", f"PYTHON={old}", f"VENV={tmp_path / 'env'}")
    assert done.returncode != 0
    assert "older than Python 3.11" in done.stderr
    done = _make("serve", "PYTHON=", f"VENV={tmp_path / 'env'}")
    assert "Mockwright needs Python 3.11 or newer" in done.stderr
    assert not (tmp_path / "env").exists()


def test_make_help_lists_the_targets() -> None:
    done = _make("help")
    listed = {line.split()[0] for line in done.stdout.splitlines()}
    serving = {"serve", "serve-llm"}
    testing = {"test", "test-clients", "coverage", "check", "bench"}
    assert listed == serving | testing | {"help", "docs", "lock", "clean"}


def _make(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_ci_script_is_sound_shell_and_runs_every_check() -> None:
    script = ROOT / ".ci/run"
    subprocess.run(["bash", "-n", str(script)], check=True, timeout=10)
    text = script.read_text()
    assert script.stat().st_mode & 0o111
    assert "set -euo pipefail" in text
    commands = ("make check", "make coverage", "pytest -m real", "pytest -m examples")
    assert all(command in text for command in (*commands, "make test-clients", "make docs"))


def test_no_source_file_puts_work_off() -> None:
    words = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
    for path in [*(ROOT / "src").rglob("*.py"), *(ROOT / "tests").rglob("*.py")]:
        assert not words.search(path.read_text()), path
