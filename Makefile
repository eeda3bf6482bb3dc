# `make help` lists what there is. Everything happens in .venv; nothing else on the system changes,
# except for Debian packages that .ci/prepare installs where it may, and announces.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
FUZZ_SECONDS ?= 600

.DEFAULT_GOAL := help
.PHONY: help demo test check format bench soak fuzz packages packages-check windows-check clean

help: ## list the commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 24

demo: $(READY) ## see the program at work against a built-in phone system
	@.ci/prepare qt
	@$(BIN)/callctrl demo

test: $(READY) ## run all tests
	@.ci/prepare qt
	@.ci/prepare desktop
	@.ci/prepare peers
	@.ci/prepare installer
	@.ci/prepare network
	$(BIN)/python -m pytest

check: $(READY) ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY) ## put the source into its form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY) ## measure, and write the tables into docs/performance.md
	@.ci/prepare qt
	@.ci/prepare desktop
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,bench]'
	$(BIN)/python -m tests.bench --write docs/performance.md

soak: $(READY) ## let it work for long, and see what it leaves behind in memory and files
	@.ci/prepare qt
	$(BIN)/python -m tests.bench.soak

fuzz: $(READY) ## look for input that breaks it, for FUZZ_SECONDS (600)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,fuzz]'
	$(BIN)/python -m tests.fuzz --seconds $(FUZZ_SECONDS)

packages: $(READY) ## make what this system can of wheel, bundle, archive and .deb, in dist/
	@.ci/prepare packages
	$(BIN)/python -m installer.packages

packages-check: $(READY) ## try the packages in dist/ in clean Debian systems (needs root)
	@.ci/prepare packages
	@.ci/prepare roots
	@.ci/prepare desktop
	$(BIN)/python -m installer.check

windows-check: $(READY) ## try the Windows side under wine: its tests, bundle and installer
	@.ci/prepare windows
	$(BIN)/python -m installer.windows.check

clean: ## remove the environment, caches and packages
	rm -rf .venv build dist .cache .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .fuzz

$(READY): pyproject.toml constraints.txt
	@.ci/prepare python
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Call Ctrl needs Python 3.11 or newer; try make PYTHON=python3.11"; exit 1; }
	@echo "Setting up .venv (once; downloads about 150 MB)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $(READY)
