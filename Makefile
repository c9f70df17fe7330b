# make demo and make test do all their own set-up, in .venv; needed before: python3 (3.11 or later, with venv), make.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
SOAK   ?= 1000
MINUTES ?= 1.5
# Handlers are programs of a user: modules of their own, so they are checked apart from bunsui.
HANDLERS := src/bunsui/demo/flights/functions
export PIP_DISABLE_PIP_VERSION_CHECK := 1
PIP    := $(BIN)/python -m pip --quiet

.PHONY: help demo test snapshots browser tmux ministack aws-live check format soak bench bench-peers asl-validator catalog pins clean

help:
	@echo 'make demo            the flights of New York 2013, from nothing to a report'
	@echo 'make test            all tests (ARGS="-k name" for some)'
	@echo 'make snapshots       record anew how screens look, when they are meant to look otherwise'
	@echo 'make browser         a Chromium, so that make test opens pages in it (Debian, as root)'
	@echo 'make ministack       AWS for tests, in an environment of its own; make test makes it, too'
	@echo 'make aws-live        the whole life on AWS itself, with your credentials (ENV=new-name SUBNETS=subnet-1,subnet-2)'
	@echo 'make tmux            a tmux, so that make test runs the full-screen interface in it (Debian, as root)'
	@echo 'make check           format, lint, strict types, floors; runs no test'
	@echo 'make format          mend format and what lint can mend'
	@echo 'make soak            explore random DAGs and kills for long (SOAK=1000)'
	@echo 'make bench           how fast it starts, runs, reads, draws (MINUTES=10: of memory)'
	@echo 'make bench-peers     beside DBOS, interleaved'
	@echo 'make asl-validator   compiled machines through an independent validator (needs npm)'
	@echo 'make catalog         texts that are new into the catalogues of other languages'
	@echo 'make pins            resolve the dependencies anew'
	@echo 'make clean           remove .venv and what tools left behind'

demo: $(VENV)/.installed
	@$(BIN)/bunsui demo $(ARGS)

test: $(VENV)/.installed-dev $(VENV)-ministack/.installed
	@$(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

ministack: $(VENV)-ministack/.installed

# In an environment that it makes, and removes. Some cents, and the user's own AWS_PROFILE and AWS_REGION.
aws-live: $(VENV)/.installed-dev
	@test -n "$(ENV)" || { echo 'name an environment that is not there: make aws-live ENV=probe SUBNETS=subnet-1,subnet-2' >&2; exit 1; }
	@$(BIN)/python -m pytest -m aws_live tests/live --aws-live-env "$(ENV)" --aws-live-subnets "$(SUBNETS)" $(ARGS)

snapshots: $(VENV)/.installed-dev
	@SNAPSHOTS=renew $(BIN)/python -m pytest -n 2 --dist worksteal tests/tui/test_snapshots.py $(ARGS)

# Tests of pages need a Chromium; where there is none, make test leaves them out.
browser:
	@for name in $${BUNSUI_CHROMIUM:-chromium} chromium-browser google-chrome google-chrome-stable chrome; do \
	  command -v "$$name" >/dev/null && exit 0; done; \
	command -v apt-get >/dev/null || { echo 'install a Chromium, or name one: BUNSUI_CHROMIUM=PATH' >&2; exit 1; }; \
	apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes chromium >/dev/null

# The test of the whole program in a tmux is left out where there is none.
tmux:
	@command -v tmux >/dev/null && exit 0; \
	command -v apt-get >/dev/null || { echo 'install a tmux' >&2; exit 1; }; \
	apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes tmux >/dev/null

check: $(VENV)/.installed-dev
	@$(BIN)/ruff format --check . || { echo 'not formatted: make format' >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/mypy --explicit-package-bases $(HANDLERS)/*.py
	@$(BIN)/lint-imports --no-logo

format: $(VENV)/.installed-dev
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

soak: $(VENV)/.installed-dev $(VENV)-ministack/.installed
	@BUNSUI_SOAK=$(SOAK) $(BIN)/python -m pytest -n 2 --dist worksteal -m soak $(ARGS)

bench: $(VENV)/.installed-dev
	@$(BIN)/python bench/bench.py $(ARGS)
	@$(BIN)/python bench/records.py
	@$(BIN)/python bench/task_runtime.py
	@$(BIN)/python bench/screens.py --minutes $(MINUTES)

bench-peers: $(VENV)/.installed
	@PYTHON=$(PYTHON) $(BIN)/python bench/peers.py $(ARGS)

asl-validator: $(VENV)/.installed-dev
	@$(BIN)/python bench/asl_validator.py $(ARGS)

# What `text` and `tui` say, in other languages: what is new stands empty until somebody translates it.
catalog: $(VENV)/.installed-dev
	@$(BIN)/python tests/catalog.py

# The pins name no index: pip asks the one that this machine is set up with. They are hashed: pip takes nothing else.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Bunsui needs Python 3.11 or later: make PYTHON=python3.12")'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.txt pyproject.toml | $(VENV)/bin/python
	@echo 'installing Bunsui in $(VENV) ...' >&2
	@$(PIP) install --require-hashes -r requirements.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	@echo 'installing what tests and checks need ...' >&2
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@touch $@

# It pins libraries that Bunsui has in other versions. Where it cannot be, plain pytest leaves out what needs it.
$(VENV)-ministack/.installed: requirements-ministack.txt | $(VENV)/bin/python
	@echo 'installing MiniStack in $(VENV)-ministack ...' >&2
	@$(PYTHON) -m venv $(VENV)-ministack
	@$(VENV)-ministack/bin/python -m pip --quiet install --require-hashes -r requirements-ministack.txt
	@touch $@

PINNED := --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --python-version 3.11
pins:
	@$(PYTHON) -m venv $(VENV)-pins && $(VENV)-pins/bin/python -m pip --quiet install uv
	@$(VENV)-pins/bin/uv pip compile --quiet --upgrade $(PINNED) pyproject.toml --extra alerts --extra aws --group build -o requirements.txt
	@$(VENV)-pins/bin/uv pip compile --quiet --upgrade $(PINNED) pyproject.toml --extra alerts --extra aws --group dev -o requirements-dev.txt
	@$(VENV)-pins/bin/uv pip compile --quiet --upgrade $(PINNED) --group pyproject.toml:ministack -o requirements-ministack.txt
	@rm -rf $(VENV)-pins

clean:
	@rm -rf $(VENV) $(VENV)-pins $(VENV)-ministack .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
