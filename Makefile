# make demo      set up what runs, run the demo study, name its report
# make test      set up everything, run the tests
# make help      list the rest
#
# PYTHON=python3.12 make test uses another interpreter for the virtual environment.

PYTHON ?= python3
VENV ?= .venv
JOBS ?= 2
PYTEST_ARGS ?=

BIN := $(VENV)/bin
PY := $(BIN)/python
RUN := $(VENV)/.run-ready
DEV := $(VENV)/.dev-ready
VALIDATORS := $(VENV)/validators/.ready
FUZZ := $(VENV)/.fuzz-ready
PEERS := $(VENV)/peers/.ready $(VENV)/peers-index/.ready
INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check
PACKAGE := $(INSTALL) --no-deps --no-build-isolation --editable .
LOCK := uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
        --generate-hashes --no-strip-extras --no-emit-index-url --no-header --no-annotate
UPGRADE ?=
SECONDS_EACH ?= 60

.DEFAULT_GOAL := help
.PHONY: help setup demo test coverage test-full fuzz lint format types layers house surface docs bench lock clean
.DELETE_ON_ERROR:

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

# Environments: a stamp file says what is installed, so that a second call is quick -------------

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo 'Xinzhi needs Python 3.11 or newer; "$(PYTHON)" is older or absent.'; \
	  echo 'Name another one: make PYTHON=python3.12 $(MAKECMDGOALS)'; exit 2; }
	@$(PYTHON) -m venv $(VENV) || { \
	  echo 'The virtual environment could not be made; on Debian and Ubuntu: apt-get install python3-venv'; exit 2; }

$(RUN): requirements/build.txt requirements/run.txt pyproject.toml | $(PY)
	$(INSTALL) --require-hashes -r requirements/build.txt -r requirements/run.txt
	$(PACKAGE)
	@touch $@

$(DEV): requirements/build.txt requirements/dev.txt pyproject.toml | $(PY)
	$(INSTALL) --require-hashes -r requirements/build.txt -r requirements/dev.txt
	$(PACKAGE)
	@touch $@ $(RUN)

# Validators of bundles, and peers of the benchmarks, pin versions that the rest cannot have: environments of their own.
$(VALIDATORS) $(PEERS): $(VENV)/%/.ready: requirements/%.txt | $(PY)
	$(PYTHON) -m venv $(VENV)/$*
	$(VENV)/$*/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

$(FUZZ): requirements/fuzz.txt | $(DEV)
	$(INSTALL) --require-hashes -r $<
	@touch $@

setup: $(DEV) $(VALIDATORS) ## the whole environment for work on Xinzhi

# What a user runs ------------------------------------------------------------------------------

demo: $(RUN) ## run examples/new-quality.toml; the report is runs/demo/report.html
	$(BIN)/xinzhi run examples/new-quality.toml --out runs/demo

test: $(DEV) $(VALIDATORS) ## the tests (JOBS=0 for one process)
	@mkdir -p build
	$(PY) -m pytest -m "not slow" -n $(JOBS) -rfEs --junitxml=build/tests.xml $(PYTEST_ARGS)

coverage: ## the tests, with the share of lines that they reach (takes half as long again)
	$(MAKE) test PYTEST_ARGS="--cov=xinzhi --cov-report=term:skip-covered"

test-full: $(DEV) $(VALIDATORS) ## the tests and the long Monte Carlo runs
	$(PY) -m pytest -n $(JOBS) -rfEs $(PYTEST_ARGS)

fuzz: $(FUZZ) ## fuzz the readers and the study parser, SECONDS_EACH for each (60)
	@for target in readers study; do echo "$$target"; $(PY) tests/fuzz/fuzz.py $$target -max_total_time=$(SECONDS_EACH) || exit 1; done

# Checks ----------------------------------------------------------------------------------------

lint: $(DEV) ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(DEV) ## ruff: repair what can be repaired
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(DEV) ## mypy --strict
	$(BIN)/mypy

layers: $(DEV) ## imports go one way
	$(BIN)/lint-imports

house: $(DEV) ## limits of size and the rules of taste that a script can check
	$(PY) tools/check_house.py

surface: $(DEV) ## accept the present public surface
	$(PY) tools/surface.py > tests/house/public_surface.txt

# Documents, measurements, upkeep ---------------------------------------------------------------

docs: $(DEV) ## the documentation: docs/_build/html/index.html
	$(PY) tools/make_reference.py docs/reference/generated
	$(BIN)/sphinx-build -b html -W --keep-going -j 2 -q docs docs/_build/html
	@echo docs/_build/html/index.html

bench: $(DEV) $(PEERS) ## speed and memory, as ratios against peers (about an hour)
	@for name in demo run_directory frontier accounts index_numbers indicators regions; do echo "$$name"; $(PY) benchmarks/$$name.py || exit 1; done

lock: ## write the hashed requirements again (UPGRADE=--upgrade for newer versions); needs uv
	@command -v uv > /dev/null || { echo 'make lock needs uv: pip install uv'; exit 2; }
	$(LOCK) $(UPGRADE) requirements/build.in -o requirements/build.txt
	$(LOCK) $(UPGRADE) pyproject.toml -o requirements/run.txt
	$(LOCK) $(UPGRADE) pyproject.toml --extra test --extra docs -c requirements/run.txt -o requirements/dev.txt
	$(LOCK) $(UPGRADE) requirements/validators.in -o requirements/validators.txt
	$(LOCK) $(UPGRADE) requirements/peers.in -o requirements/peers.txt
	$(LOCK) $(UPGRADE) requirements/peers-index.in -o requirements/peers-index.txt
	$(LOCK) $(UPGRADE) requirements/fuzz.in -c requirements/dev.txt -o requirements/fuzz.txt

clean: ## remove everything that was made, the environment included
	rm -rf $(VENV) build dist runs docs/_build docs/reference/generated .coverage htmlcov
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache src/*.egg-info
	find src tests tools -name __pycache__ -type d -exec rm -rf {} +
