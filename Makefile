# Everything that can be asked for. `make` alone explains it.
DATASET ?= cardbank
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SPARK := $(VENV)/.spark
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

COMPILE := uv pip compile --universal --generate-hashes --no-strip-extras --python-version 3.11 --no-header --quiet pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help report test test-rooms test-models test-businesses test-runs test-notebooks test-types lab record spark lint picture lock clean

help:  ## say what can be asked for
	@echo "insight: notebooks and reports that turn raw customer records into decisions"
	@echo
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  Your own business: put its files into data/raw/NAME, then"
	@echo "  $(BIN)/insight new NAME;  $(BIN)/insight check NAME;  make report DATASET=NAME"

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "insight needs Python 3.11 or newer; name one: make PYTHON=python3.12 ..."; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

# Spark is large and only the tests that compare the two engines, or `engine: spark`, need it.
$(SPARK): $(READY) requirements-spark.lock
	$(PIP) --require-hashes -r requirements-spark.lock
	@touch $@

spark: $(SPARK)  ## add the extra for `engine: spark` (needs Java 17 or newer)

report: $(READY)  ## make the reports of a business: make report [DATASET=cardbank]
	@$(BIN)/insight run $(DATASET)

test: $(if $(ROOM),$(READY),$(SPARK))  ## run every check, or those of one room: make test [ROOM=review]
	@$(BIN)/ruff check src tests notebooks
	@$(BIN)/ruff format --check src tests notebooks
	@$(if $(ROOM),$(PYTEST) tests/$(ROOM) src/insight/$(ROOM) tests/test_map.py,\
	  runs=$$(mktemp -d) && trap 'rm -rf $$runs' EXIT && \
	  INSIGHT_TEST_RUNS=$$runs $(MAKE) --no-print-directory --jobs 3 --keep-going \
	    test-runs test-rooms test-models test-businesses test-notebooks test-types)

# Side by side, because whole runs mostly wait for kernels, the longest first: what happens to runs, rooms, those of them
# that estimate, real businesses, recordings, types. One that fails stops no other, so that all that is wrong is seen.
RUNS := tests/runner/test_run.py tests/unify/test_canaries.py tests/business/test_linking.py tests/business/test_same_bytes.py
BUSINESSES := $(filter-out $(RUNS),$(wildcard tests/business/test_*.py))
MODELS := $(addprefix tests/,card decide predict profile review segment)
PYTEST := $(BIN)/python -m pytest -p no:cacheprovider --durations=15

test-rooms:
	@$(PYTEST) --ignore=tests/business $(RUNS:%=--ignore=%) $(MODELS:%=--ignore=%)

test-models:
	@$(PYTEST) $(MODELS)

test-businesses:
	@$(PYTEST) $(BUSINESSES)

test-runs:
	@$(PYTEST) $(RUNS)

test-notebooks:
	@$(PYTEST) --nbval tests/notebooks

test-types:
	@$(BIN)/mypy

lab: $(READY)  ## open JupyterLab with the kernel and the project ready
	@$(BIN)/jupyter lab --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/notebooks \
	  $(if $(filter 0,$(shell id -u)),--allow-root)

record: $(READY)  ## renew the recorded notebooks that `make test` compares with
	@$(BIN)/insight record

lint: $(READY)  ## mend what ruff can mend
	@$(BIN)/ruff check --fix src tests notebooks
	@$(BIN)/ruff format src tests notebooks

picture: $(READY)  ## draw the rooms and their imports again: docs/rooms.svg
	@$(BIN)/python scripts/rooms.py

lock:  ## renew requirements.lock and environment.yml from pyproject.toml (needs uv)
	$(COMPILE) --extra test --extra build --output-file requirements.lock
	$(COMPILE) --extra test --extra build --extra spark --constraint requirements.lock --output-file requirements-spark.lock
	$(PYTHON) scripts/environment.py

clean:  ## remove what was made: tables, reports, the environment
	rm -rf $(VENV) data/processed/* reports/*
