# Every target makes what it needs first; `make` alone lists them.
PYTHON ?= python3
WORKERS ?= 2
BIN := .venv/bin
PIP := $(BIN)/pip --quiet --disable-pip-version-check --no-input
COMPILE := uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11

.PHONY: help demo serve test check bench soak glossary lifecycles indicators pictures pin setup ready-to-run ready-to-test

help:
	@echo "make demo    play two years of the real plan in simulated time, and serve it (SERVE=0: stop after; DEMO=quarter: three months)"
	@echo "make serve   run Duban on this machine, SQLite by default"
	@echo "make check   style, types and import floors"
	@echo "make test    every test, on SQLite and on PostgreSQL (WORKERS=2 processes; ARGS=... goes to pytest)"
	@echo "make soak    the tests that take long"
	@echo "make bench   the lifecycle and the due scan beside hand-written SQL, pages over many shares, inboxes of 10,000"
	@echo "make glossary  write docs/glossary.md from the word catalogues"
	@echo "make indicators  write docs/indicators.md from the shipped plan and its definition cards"
	@echo "make pin     compile requirements/*.in into the pinned lists (needs uv)"

demo: ready-to-run
	@$(BIN)/duban demo

serve: ready-to-run
	@$(BIN)/duban migrate
	@$(BIN)/duban serve

# Both databases are tried even when the first fails. What asks for no database is run on SQLite alone: where ARGS
# name nothing else, PostgreSQL has nothing to run (pytest's status 5), and that is no failure.
test: ready-to-test
	@failed=0; for database in sqlite postgresql; do \
		echo "== Tests on $$database"; \
		DUBAN_TEST_DATABASE=$$database $(BIN)/pytest -n $(WORKERS) -m "not soak" $(ARGS) \
			|| [ "$$database $$?" = "postgresql 5" ] || failed=1; \
	done; exit $$failed

check: .venv/develop.stamp
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

bench: ready-to-test
	@$(BIN)/python -m benchmarks.lifecycle
	@$(BIN)/python -m benchmarks.many_hands
	@$(BIN)/python -m benchmarks.inbox
	@$(BIN)/python -m benchmarks.due_scan

soak: ready-to-test
	@failed=0; for database in sqlite postgresql; do \
		echo "== Soak on $$database"; \
		DUBAN_TEST_DATABASE=$$database $(BIN)/pytest -m soak --hypothesis-profile soak --timeout 3600 $(ARGS) \
			|| [ "$$database $$?" = "postgresql 5" ] || failed=1; \
	done; exit $$failed

glossary: .venv/runtime.stamp
	@$(BIN)/python -m duban.glossary > docs/glossary.md

lifecycles: .venv/runtime.stamp
	@$(BIN)/python -m duban.lifecycles > docs/lifecycles.md

indicators: .venv/runtime.stamp
	@$(BIN)/python -m duban.indicators > docs/indicators.md

pictures: .venv/develop.stamp
	@$(BIN)/python -m duban.pictures papers

# What runs is pinned as what is tested: the runtime list takes its editions from the develop list.
pin:
	@command -v uv >/dev/null || { echo "make pin needs uv: pip install uv" >&2; exit 1; }
	@cd requirements && $(COMPILE) develop.in -o develop.txt && $(COMPILE) --no-annotate -c develop.txt runtime.in -o runtime.txt

setup: ready-to-test

ready-to-run: .venv/runtime.stamp
	@PYTHON=$(BIN)/python tools/system-packages run

ready-to-test: .venv/develop.stamp
	@PYTHON=$(BIN)/python tools/system-packages test

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "Duban needs Python 3.11 or newer: install it, or name it with make PYTHON=/path/to/python3.11." >&2; exit 1; }
	@echo "Making the environment .venv"
	@$(PYTHON) -m venv .venv \
		|| { rm -rf .venv; echo "Python could not make .venv: install its venv module (Debian: python3-venv) and run make again." >&2; exit 1; }

# A stamp is newer than what it was installed from: nothing is installed twice without need.
.venv/runtime.stamp: requirements/runtime.txt pyproject.toml | $(BIN)/python
	@echo "Installing what Duban needs to run (requirements/runtime.txt)"
	@$(PIP) install --require-hashes -r requirements/runtime.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

.venv/develop.stamp: requirements/develop.txt .venv/runtime.stamp
	@echo "Installing what tests and checks need on top (requirements/develop.txt)"
	@$(PIP) install --require-hashes -r requirements/develop.txt
	@touch $@
