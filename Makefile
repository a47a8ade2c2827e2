# The project's commands. `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo test cover check bench lock audit format

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sort | awk -F':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

setup: $(STAMP) ## make .venv from the locked requirements

$(STAMP): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.txt
	$(BIN)/python -c 'import pathlib, sysconfig; pathlib.Path(sysconfig.get_path("purelib"), "mlc_pipelines.pth").write_text(str(pathlib.Path.cwd()) + "\n")'
	printf '#!/bin/sh\nexec "%s/python" -m mlc_pipelines.cli.main "$$@"\n' "$(CURDIR)/$(BIN)" > $(BIN)/mlc && chmod +x $(BIN)/mlc
	@touch $@

demo: $(STAMP) ## sandbox, sample books, a full round trip, Dagster UI (ARGS=--once ends after the summary)
	$(BIN)/mlc demo $(ARGS)

# A file of tests goes to one worker: its servers and books are started once. The order is that of `conftest.py`.
test: $(STAMP) ## the whole test suite
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

cover: $(STAMP) ## the test suite with coverage measured (what runs in processes that a test starts is not counted)
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder --cov=mlc_pipelines --cov=mlc_sandbox --cov-report=term $(ARGS)

check: $(STAMP) ## lint, types, lock file
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright --level error
	$(BIN)/python tools/check_lock.py

bench: $(STAMP) ## rows per second, peak memory, requests, ratios to floors measured in the same run
	$(BIN)/python -m mlc_pipelines_tests.bench $(ARGS)

format: $(STAMP) ## format and fix what can be fixed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: ## renew requirements.txt from pyproject.toml (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --all-extras --custom-compile-command 'make lock' pyproject.toml -o requirements.txt

audit: ## known advisories of the locked requirements (needs uv and a network; not part of the gate)
	uv tool run pip-audit --disable-pip --require-hashes --requirement requirements.txt
