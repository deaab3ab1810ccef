# Everything a person or a pipeline needs. `make demo` and `make test` work on a fresh clone.

PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3.13 python3.14 python3,$(shell command -v $(name) 2>/dev/null)))
WORKERS ?= 2
PORT ?= 8000
BIN := .venv/bin
STAMP := .venv/.installed
BENCH_STAMP := .bench/.installed
PEERS := sacroml==2.0.1 adversarial-robustness-toolbox==1.20.1
SOURCES := audits mia_portal tests deploy manage.py

export ORT_DISABLE_TELEMETRY = 1
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: help setup demo test smoke check bench bench-web screenshots proof format migrations sbom

help:
	@echo "make setup            install into .venv"
	@echo "make demo             the portal with demo clients, on port $(PORT)"
	@echo "make test             the test suite (ARGS=... for pytest)"
	@echo "make smoke            the demo without a person; leaves a PDF in var/smoke"
	@echo "make check            linters, types, import rules, migrations, architecture"
	@echo "make format           rewrite the sources as 'make check' wants them"
	@echo "make bench            timings, and our figures beside other tools' (MIA_BENCH_ROWS=... for some)"
	@echo "make bench-web        the pages under load alone (MIA_BENCH_WEB=clients/models/audits for another size)"
	@echo "make screenshots      every page at 3 widths in 2 themes, and every kind of PDF, into var/screenshots"
	@echo "make migrations       what the models ask of the tables, as a new file in audits/migrations"
	@echo "make sbom             what is installed, with versions and licences, as CycloneDX in var/sbom.json"
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
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup $(ARGS)

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

migrations: setup
	DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python -W ignore::RuntimeWarning -m django makemigrations audits

sbom: setup
	@mkdir -p var
	$(BIN)/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible --of JSON -o var/sbom.json $(BIN)/python

format: setup
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .
	find templates -name '*.html' -print0 | xargs -0 -r $(BIN)/djade --target-version 5.2

# The tools we are compared with have an environment of their own, with our scikit-learn and numpy so
# that all fit the same target. Torch first: a CPU build that is to be had is then kept.
$(BENCH_STAMP): $(STAMP)
	@test -x .bench/bin/python || $(PYTHON) -m venv .bench
	@$(BIN)/python -m pip freeze | grep -E '^(numpy|scipy|scikit-learn)==' > .bench/same.txt
	.bench/bin/python -m pip install --quiet torch==2.13.0
	.bench/bin/python -m pip install --quiet --constraint .bench/same.txt $(PEERS)
	@touch $@

bench: setup $(BENCH_STAMP)
	$(BIN)/python -m pytest -q -p no:randomly -s --write-proofs \
		-o python_files='bench_*.py' -o python_functions='bench_*' tests/benchmarks $(ARGS)

bench-web: setup
	$(BIN)/python -m pytest -q -p no:randomly -s --write-proofs \
		-o python_files='bench_web.py' -o python_functions='bench_*' tests/benchmarks $(ARGS)

screenshots: setup
	$(BIN)/python -m pytest -q -p no:randomly -s \
		-o python_files='shoot_*.py' -o python_functions='shoot_*' tests/e2e $(ARGS)

proof: setup
	@mkdir -p docs/proofs
	$(BIN)/python -m pytest -p no:randomly -s -m proof $(if $(NAME),-k $(NAME)) --write-proofs
