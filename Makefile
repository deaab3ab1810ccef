# Everything a person or a pipeline needs. `make demo` and `make test` work on a fresh clone.

PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3.13 python3.14 python3,$(shell command -v $(name) 2>/dev/null)))
WORKERS ?= 2
PORT ?= 8000
BIN := .venv/bin
STAMP := .venv/.installed
SOURCES := audits mia_portal tests deploy manage.py

export ORT_DISABLE_TELEMETRY = 1
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: help setup demo test smoke check bench proof format

help:
	@echo "make setup            install into .venv"
	@echo "make demo             the portal with demo clients, on port $(PORT)"
	@echo "make test             the test suite (ARGS=... for pytest)"
	@echo "make smoke            the demo without a person; leaves a PDF in var/smoke"
	@echo "make check            linters, types, import rules, migrations, architecture"
	@echo "make format           rewrite the sources as 'make check' wants them"
	@echo "make bench            timings"
	@echo "make proof            long measurements, written to docs/proofs (NAME=... for one)"

setup: $(STAMP)

$(STAMP): pyproject.toml
	@test -n "$(PYTHON)" || { echo "error: no Python found; install Python 3.11 or newer" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "error: $(PYTHON) is too old; set PYTHON to Python 3.11 or newer" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --editable ".[embedded,test]"
	@touch $@

demo: setup
	@$(BIN)/python deploy/demo.py --port $(PORT)

test: setup
	$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

smoke: setup
	@$(BIN)/python deploy/smoke.py

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(SOURCES)
	$(BIN)/lint-imports
	find templates -name '*.html' -print0 | xargs -0 -r $(BIN)/djade --target-version 5.2 --check
	$(BIN)/djlint templates --lint --quiet
	DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python -W ignore::RuntimeWarning -m django makemigrations --check --dry-run
	$(BIN)/python -m pytest -q -p no:randomly tests/architecture

format: setup
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .
	find templates -name '*.html' -print0 | xargs -0 -r $(BIN)/djade --target-version 5.2

bench: setup
	$(BIN)/python -m pytest -q -p no:randomly -s -o python_files='bench_*.py' -o python_functions='bench_*' tests/benchmarks

proof: setup
	@mkdir -p docs/proofs
	$(BIN)/python -m pytest -p no:randomly -s -m proof $(if $(NAME),-k $(NAME)) --write-proofs
