# Everything starts from `make setup`, which the other targets call; a second run has nothing to do.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.complete

.PHONY: help setup demo demo-terraform test test-all chaos fuzz bench clients lint browser docs pictures dist format sim clean

help:           ## show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## */\t/'

setup: $(STAMP) ## create .venv with pinned versions of everything

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' || { \
	    echo "error: this needs Python 3.10 to 3.13, and $(PYTHON) is $$($(PYTHON) --version 2>&1); name another one: make PYTHON=python3.12" >&2; exit 1; }
	@echo "setting up $(VENV), which takes about a minute …"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement constraints.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup     ## the whole story against simulated servers
	@$(BIN)/veeam-pulumi demo

demo-terraform: setup ## the same story told by Terraform, where there is terraform or tofu
	@$(BIN)/veeam-pulumi demo --terraform

test: setup     ## run every test; prints the coverage of server, resource, products and dynamic, and the seconds
	@$(BIN)/python -m tests

test-all: setup ## the same with every combination of settings, where `make test` tries pairs, and every example of each form of a kind
	@$(BIN)/python -m tests --all

chaos: setup    ## every fault at every request of every operation; fewer: make chaos CHAOS='--kinds vbr.User'
	@$(BIN)/python -m tests.chaos $(CHAOS)

fuzz: setup     ## 10,000 malformed answers for each subject; fewer: make fuzz FUZZ=1000
	FUZZ=$(or $(FUZZ),10000) $(BIN)/pytest -n 2 --dist worksteal -q tests/products/test_fuzz.py tests/server/test_login.py tests/test_redaction.py \
		tests/test_malformed_files.py

bench: setup    ## measure create, update, refresh, destroy (Terraform too); the engine alone: make bench BENCH='--products engine'
	@$(BIN)/python -m tests.bench $(BENCH)

clients: setup  ## what clients that others wrote, from PyPI, make of the simulator's answers
	@$(BIN)/python -m tests.clients

lint: setup     ## ruff, mypy --strict, and a look at the English
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/python .ci/style.py && $(BIN)/mypy

browser:        ## install Chromium for the tests of pages, where apt-get may
	@command -v chromium >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; } || \
	  echo "there is no chromium, and none can be installed here: the tests of pages are skipped"

docs: setup     ## build the site of docs/ into build/site
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet && echo build/site/index.html

pictures: setup ## make the pictures of docs/pictures anew, with Chromium
	@$(BIN)/python docs/_site/pictures.py

dist: setup     ## build wheel, source archive and bill of materials into dist; the same commit gives the same bytes
	@$(BIN)/python .ci/dist.py dist

format: setup   ## format the code
	$(BIN)/ruff check --fix . && $(BIN)/ruff format .

sim: setup      ## run the simulated servers until Ctrl-C
	@$(BIN)/veeam-pulumi simulator --port-base 9400 --out build/simulator --state build/simulator/servers.sqlite vbr.build=13.1.0.411

clean:          ## remove what the targets made
	rm -rf $(VENV) .veeam build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage *.egg-info
