# Every target sets up what it needs: a machine with Python 3.11+ and make is enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Minutes each, so they have targets of their own.
LONG := tests/backfill tests/days tests/google_news tests/lease tests/maintain tests/render tests/reparse tests/sources
FAULTS := tests/faults
TESTS ?= tests $(addprefix --ignore=,$(LONG) $(FAULTS))
JOBS ?= 2
# These mostly wait: for kills, time-outs and pauses.
PATIENT_JOBS ?= 3
FUZZ_SECONDS ?= 60

.PHONY: setup demo test long faults fuzz check bench lock clean

setup: $(STAMP)

$(BIN)/uv:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.lock

$(STAMP): $(BIN)/uv requirements/dev.lock pyproject.toml
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip sync --quiet --compile-bytecode --require-hashes requirements/dev.lock requirements/uv.lock
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

demo: setup
	$(BIN)/disway demo

test: setup
	$(BIN)/pytest -n $(JOBS) --dist loadfile $(TESTS)

long: setup
	$(BIN)/pytest -n $(PATIENT_JOBS) --dist loadfile $(LONG)

faults: setup
	$(BIN)/pytest -n $(PATIENT_JOBS) --dist loadfile --no-loadscope-reorder $(FAULTS)

fuzz: setup
	$(BIN)/python tests/fuzz --seconds $(FUZZ_SECONDS)

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup
	$(BIN)/python -m benchmarks

lock: $(BIN)/uv
	$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-annotate --no-header --extra dev pyproject.toml -o requirements/dev.lock
	$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-annotate --no-header --constraints requirements/dev.lock pyproject.toml -o requirements/runtime.lock
	$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-annotate --no-header requirements/uv.in -o requirements/uv.lock

clean:
	rm -rf $(VENV) .demo build *.egg-info
