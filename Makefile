# Every command a newcomer needs. `make` alone lists them.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
LOCKS  := requirements/build.txt requirements/dev.txt

.DEFAULT_GOAL := help
.PHONY: help demo run test lint bench bench-peers bench-noise fuzz lock clean

help:  ## List the commands
	@grep -hE '^[a-z.-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z.-]+):.*## (.*)/  make \1\t\2/' | expand -t 16

$(VENV): $(STAMP)  ## The virtual environment, from the locked requirements

$(STAMP): $(LOCKS) pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Assay needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	@echo "Installing the locked requirements (once; it takes about a minute) ..."
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/build.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(STAMP)  ## Watch Assay review three pull requests, on a GitHub of our own (ONCE=1: print and exit)
	$(BIN)/assay demo $(if $(ONCE),--once)

run: $(STAMP)  ## Web process and one worker for development, with your settings in the environment
	$(BIN)/assay run

test: lint  ## Everything CI runs: lint, types, floors, tests
	$(BIN)/pytest -n auto

lint: $(STAMP)  ## ruff, mypy (strict) and the import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(STAMP)  ## Figures side by side: parsing, inspection, reviews, webhooks (ONLY="parse search": some of them)
	$(BIN)/python -m tests.bench $(ONLY)

bench-peers: $(STAMP)  ## Assay beside GuardDog 3.2.0 on the same archives; fetches both by name
	$(BIN)/python -m tests.bench.peers

bench-noise: $(STAMP)  ## What Assay says of fifty well-known packages, added and upgraded; fetches them by name
	$(BIN)/python -m tests.bench.noise

FUZZ := build/fuzz/atheris
fuzz: $(STAMP)  ## Fuzz the parsers of dependency files (ONLY="uv-lock …", SECONDS=60 each); Linux, Python 3.11 to 3.13
	@test -d $(FUZZ) || $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --target $(FUZZ) -r requirements/fuzz.txt
	SECONDS=$(or $(SECONDS),60) PYTHONPATH=$(FUZZ) $(BIN)/python -m tests.fuzz $(ONLY)

# A release that is a week old has been looked at by others; a younger one waits.
COOL_DOWN ?= 7 days
COMPILE    = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --exclude-newer "$(COOL_DOWN)" --generate-hashes \
             --no-header --no-annotate --no-strip-extras --no-emit-index-url --no-emit-find-links

lock: $(STAMP)  ## Lock the requirements anew, with hashes, without index lines, and with a cool-down
	$(COMPILE) pyproject.toml -o requirements/run.txt
	$(COMPILE) pyproject.toml --extra dev -c requirements/run.txt -o requirements/dev.txt
	echo 'setuptools>=80' | $(COMPILE) - -o requirements/build.txt
	echo 'atheris>=3,<3.1' | $(COMPILE) - -o requirements/fuzz.txt

clean:  ## Remove the virtual environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
