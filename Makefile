# Two commands set up everything: `make demo` and `make test`. `make help` lists the rest.

BIN := .venv/bin
SERVE ?= 1
PORT ?= 8700
PYTEST ?=
export PYTHON

.PHONY: help setup setup-dev demo test check format lint types imports rules cover sdl sdl-fresh clean

help:
	@echo 'make demo    set up, bill a month of a fictional company, serve it (SERVE=0: stop after the summary; PORT=8700)'
	@echo 'make test    set up, run all tests (PYTEST="-k name" for some)'
	@echo 'make check   all gates: format, lint, types, imports, tests, coverage, rulesets; what CI runs'
	@echo 'make format  mend the format and the order of imports'
	@echo 'make sdl     write graphql_api/schema.graphql anew'
	@echo 'make clean   remove the virtual environment and all caches'
	@echo 'PYTHON=/path/to/python3.12 chooses the interpreter.'

setup:
	@.ci/setup

setup-dev:
	@.ci/setup dev

demo: setup
	@$(BIN)/tarifa demo --port $(PORT) $(if $(filter 0 no false,$(SERVE)),--no-serve,--serve)

test: setup-dev
	$(BIN)/python -m pytest -n auto --cov --cov-report= --cov-fail-under=0 $(PYTEST)

check: lint types imports test cover rules sdl-fresh
	@echo 'All gates passed.'

format: setup-dev
	$(BIN)/ruff check --select I --fix .
	$(BIN)/ruff format .

lint: setup-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: setup-dev
	$(BIN)/mypy

imports: setup-dev
	$(BIN)/lint-imports --no-logo

cover: test
	$(BIN)/coverage report

rules: setup-dev
	@for folder in rulesets/*/; do $(BIN)/tarifa check "$$folder" || exit 1; done
	$(BIN)/tarifa test --coverage 100 rulesets/*/

sdl: setup-dev
	$(BIN)/python -m graphql_api.schema

sdl-fresh: setup-dev
	$(BIN)/python -m graphql_api.schema --check

clean:
	rm -rf .venv .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
