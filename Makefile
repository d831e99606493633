# Everything sets itself up: the first `make serve` or `make test` creates .venv and installs the
# pinned packages into it; later calls find it ready.

VENV   := .venv
BIN    := $(VENV)/bin
RUN    := $(VENV)/.installed-run
DEV    := $(VENV)/.installed-dev
# Each candidate is tried: a version manager's shim may be on the PATH and still not run.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; break; }; done)
PIP    := $(BIN)/python -m pip --disable-pip-version-check --no-input

.DEFAULT_GOAL := help
.PHONY: help serve test check bench lock clean

help: ## Show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

serve: $(RUN) ## Run the gateway on http://localhost:5116 (options: make serve ARGS="--port 8080")
	@$(BIN)/mockwright serve $(ARGS)

test: $(DEV) ## Run the tests (options: make test ARGS="-k config")
	@$(BIN)/python -m pytest $(ARGS)

check: $(DEV) ## Lint, type-check, and hold the layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(DEV) ## Measure the gateway against a bare ASGI server
	@$(BIN)/python -m bench.gateway $(ARGS)

lock: $(DEV) ## Resolve the newest versions into requirements*.txt
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --upgrade --no-emit-index-url --no-header --no-annotate \
		pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --upgrade --no-emit-index-url --no-header --no-annotate \
		pyproject.toml --group dev -o requirements-dev.txt

clean: ## Remove the environment and everything generated
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist build

$(BIN)/python:
	@if [ -z "$(PYTHON)" ]; then \
		echo "Mockwright needs Python 3.11 or newer; none was found." >&2; \
		echo "Install it (for example: apt install python3 python3-venv, brew install python@3.13," >&2; \
		echo "pyenv install 3.13), or name it: make PYTHON=/path/to/python3.13 $(MAKECMDGOALS)" >&2; \
		exit 1; fi
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "$(PYTHON) is older than Python 3.11, or does not run; name another: make PYTHON=..." >&2; \
		exit 1; }
	@"$(PYTHON)" -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Python has no venv module here; on Debian and Ubuntu: apt install python3-venv" >&2; \
		exit 1; }

$(RUN): requirements.txt requirements-dev.txt pyproject.toml | $(BIN)/python
	@echo "installing into $(VENV) ..."
	@$(PIP) install --quiet -r requirements.txt -c requirements-dev.txt hatchling editables
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(DEV): requirements-dev.txt pyproject.toml | $(BIN)/python
	@echo "installing into $(VENV) ..."
	@$(PIP) install --quiet -r requirements-dev.txt
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@ $(RUN)
