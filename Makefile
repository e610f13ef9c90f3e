# Convscope: `make help` lists what there is. Needs python3 (3.11 to 3.13) and make, nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
EXTRAS := dashboard,worker,embedded,dev
# Tests start hundreds of processes: without compiled files each of them compiles all that it imports.
PYTEST := env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.DEFAULT_GOAL := help
.PHONY: help setup demo up test check fix docker soak benchmark quality ladder bundled test-weights test-heavy clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# The stamp is newer than what was asked for, or the set-up runs again.
$(VENV)/ready: pyproject.toml client/pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' || \
	  { echo "Convscope needs Python 3.11, 3.12 or 3.13; $$($(PYTHON) --version) was found. Run: make PYTHON=python3.12 ..."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV) (TensorFlow is large: some minutes the first time)"
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable client --editable ".[$(EXTRAS)]"
	@touch $@

setup: $(VENV)/ready ## install everything into .venv (the other targets do it by themselves)

demo: $(VENV)/ready ## one real atlas through the queue; the picture lands under demo/
	@$(BIN)/python -m shared.cli.demo

up: $(VENV)/ready ## dashboard and workers until Ctrl-C, on http://127.0.0.1:8501
	@$(BIN)/convscope up

# Two at a time where nothing is killed. Apart from each other, for a browser gets in the way of event loops. Where a
# browser or a killed process races the clock, a test that fails gets one more try; the report counts those.
test: $(VENV)/ready ## the whole test suite (browser tests where a Chromium is found)
	@status=0; \
	  $(PYTEST) -n 2 --dist loadfile -m "not browser and not faults and not docker and not weights and not heavy" || status=1; \
	  $(PYTEST) -n 2 --dist loadfile --reruns 1 -m "browser and not weights and not heavy" || status=1; \
	  $(PYTEST) --reruns 1 -m "faults and not weights and not heavy" || status=1; \
	  exit $$status

check: $(VENV)/ready ## format, lint (Python and JavaScript), types, import table, deployment files; changes nothing
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/oxlint --deny-warnings
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/yamllint -s docker-compose.yml docker-compose.gpu.yml
	@$(PYTEST) -q tests/test_architecture.py tests/test_documents.py

fix: $(VENV)/ready ## format the code and mend what linters can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@$(BIN)/oxlint --fix

# CONVSCOPE_TEST_IMAGES=built takes the images as they are, DOCKER_HOST another engine.
docker: $(VENV)/ready ## build, start, kill, cut off and update real containers; without an engine it says so
	@$(BIN)/python -m tests.system.container_proof

# SOAK_SECONDS and SOAK_SEED choose another length, and the accidents of an earlier one again.
soak: $(VENV)/ready ## half an hour of kills, full disks and outages under work of every kind, then everything is checked
	@$(BIN)/python -m tests.system.soak --seconds $(or $(SOAK_SECONDS),1800) --seed $(or $(SOAK_SEED),$$(date +%s))

benchmark: $(VENV)/ready ## side by side with plain loops and peers; prints ratios
	@$(BIN)/python -m benchmarks

quality: $(VENV)/ready ## atlases and heat maps of learned networks judged (CONVSCOPE_TEST_DATA names the weights)
	@$(BIN)/python -m benchmarks.quality
	@$(BIN)/python -m benchmarks.quality_attribution
	@$(BIN)/python -m benchmarks.quality_ablation
	@$(BIN)/python -m benchmarks.planted_cue

ladder: $(VENV)/ready ## the book's ladder as queued training runs, and its table (CONVSCOPE_TEST_DATA names the pictures)
	@$(BIN)/python -m benchmarks.ladder

bundled: $(VENV)/ready ## train the bundled network anew (CONVSCOPE_TEST_DATA names the pictures)
	@$(BIN)/python -m benchmarks.bundled_network

test-weights: $(VENV)/ready ## tests that need real weights (CONVSCOPE_TEST_DATA names their folder)
	@$(PYTEST) -m weights

test-heavy: $(VENV)/ready ## tests that take minutes
	@$(PYTEST) -m heavy

clean: ## remove the environment and caches; data/ and demo/ stay
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache build *.egg-info
