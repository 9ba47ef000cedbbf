# Two commands matter: `make run` and `make test`. The others keep the house in shape.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
.DEFAULT_GOAL := help
.PHONY: help run test check bench openapi seed-data constraints clean

help:  ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or later is needed; say which: make run PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) --editable '.[dev]'
	@touch $@ $(VENV)/.run

$(VENV)/.bench: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) --editable '.[dev,bench]'
	@touch $@

run: $(VENV)/.run  ## Install, prepare the database and serve on 127.0.0.1:8000
	@exec $(BIN)/factorbase serve $(ARGS)

test: $(VENV)/.dev  ## Run all tests on a real PostgreSQL (embedded, or DATABASE_URL=...)
	$(BIN)/python -m pytest $(ARGS)

check: $(VENV)/.dev  ## Style, types, the direction of imports, the OpenAPI snapshot
	$(BIN)/ruff format --check app migrations tests tools bench docs/examples
	$(BIN)/ruff check app migrations tests tools bench docs/examples
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tools.openapi --check

bench: $(VENV)/.bench  ## Measure, as ratios in one run; prints a table (ARGS="--factors 1000000")
	$(BIN)/python -m bench $(ARGS)

openapi: $(VENV)/.dev  ## Write openapi/openapi.json anew
	$(BIN)/python -m tools.openapi

seed-data: $(VENV)/.dev  ## Transcribe seed_data/ anew from the facts (FACTS=folder)
	@for part in reference cbam uk us china ipcc others; do \
	  echo "$$part"; $(BIN)/python -m tools.transcribe.$$part $(FACTS) || exit 1; done

constraints: $(VENV)/.bench  ## Pin the versions of this environment
	$(BIN)/python -m tools.constraints > constraints.txt

clean:  ## Remove the virtual environment and caches; never data
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
