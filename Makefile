# Everything sets itself up: a fresh Debian needs only python3, python3-venv and make.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
PORT ?= 8080
PYTEST_ARGS ?=
COUNT ?= 50000
BIN := .venv/bin

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

.venv/.base: requirements/base.txt pyproject.toml tools/vendor_web.py src/calotype/web/package-lock.json
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Calotype needs Python 3.11 or newer; set PYTHON=… to one." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "Python's venv is missing: apt-get install python3-venv" >&2; exit 1; }
	@echo "about a minute, once: installing what Calotype needs into .venv/"
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/base.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python tools/vendor_web.py
	@touch $@

.venv/.dev: .venv/.base requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

install: .venv/.base ## make .venv/ with the command calotype in it

demo: .venv/.base ## serve a gallery of our own (PORT=8080)
	$(BIN)/calotype demo --port $(PORT)

lint: .venv/.dev ## ruff, mypy --strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: .venv/.dev ## run every test (as root on Debian it installs what they need)
	$(BIN)/python tools/test_packages.py
	$(BIN)/pytest -n 2 --dist loadgroup $(PYTEST_ARGS)

test-faults: .venv/.dev ## break a whole fleet under load; not part of `make test`
	$(BIN)/python tools/test_packages.py
	$(BIN)/pytest -m faults $(PYTEST_ARGS)

fuzz: .venv/.dev ## break 50,000 files (COUNT=) at random and render what is left
	CALOTYPE_FUZZ=$(COUNT) $(BIN)/pytest -n 2 --dist loadgroup tests/hostile $(PYTEST_ARGS)

bench: .venv/.dev ## measure; prints and writes benchmarks/results/*.json
	$(BIN)/python -m benchmarks

bench-render: .venv/.dev ## measure renditions beside other servers, which it installs
	$(BIN)/python -m benchmarks.render
	$(BIN)/python -m benchmarks.render --only soak

bench-fleet: .venv/.dev ## measure a whole fleet: edge, scaling, a new instance (needs wrk)
	$(BIN)/python -m benchmarks.fleet

docs: .venv/.dev ## generate docs/settings.md, the edge's parameters, and docs/http.md's pictures of every parameter
	$(BIN)/python tools/docs.py
	$(BIN)/python tools/edge_parameters.py
	$(BIN)/python -m tools.pictures

requirements: .venv/.dev ## pin the requirement files anew
	$(BIN)/python tools/pin.py

clean: ## remove what was built
	rm -rf .venv build dist src/calotype/web/vendor

.PHONY: help install demo lint test test-faults fuzz bench bench-render bench-fleet docs requirements clean
