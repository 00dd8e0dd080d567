# Each target keeps one promise of docs/ci.md. `make` alone lists them.

PYTHON ?= python3
ARGS ?=

VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/ready
KERNEL_VENV := .venv-kernel
KERNEL_PY := $(KERNEL_VENV)/bin/python
KERNEL_READY := $(KERNEL_VENV)/ready
LOCK_VENV := .venv-lock

export MPLBACKEND := Agg
export PIP_DISABLE_PIP_VERSION_CHECK := 1
MAKEFLAGS += --no-print-directory

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help venv report test lint format soundness proofs thorough bench docs-check lock clean python-is-new-enough

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

venv: $(READY) ## create .venv with the pinned packages (every target does so when it has to)

report: $(READY) ## state and check every theorem; write reports/ (python -m fpverify all)
	@$(PY) -m fpverify all

test: $(READY) ## run the tests, slow ones left out; ARGS="tests/kernel -k box" selects some
	@OMP_NUM_THREADS=1 $(PY) -m pytest -n 2 --dist loadfile $(ARGS)

lint: $(READY) ## formatted, linted, typed, layered, spelled
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(VENV)/bin/basedpyright --pythonpath $(PY)
	@$(VENV)/bin/lint-imports --no-logo
	@$(VENV)/bin/codespell

format: $(READY) ## format the code and mend what ruff can mend safely
	@$(PY) -m ruff check --fix-only --quiet .
	@$(PY) -m ruff format .

soundness: $(READY) $(KERNEL_READY) ## check every certificate with python-flint only; tampering, sabotage, budget
	@set -- reports/certificates/*.json; \
	  if [ ! -e "$$1" ]; then echo "There is no certificate in reports/certificates: run make report first." >&2; exit 1; fi; \
	  $(KERNEL_PY) -m fpverify check "$$@"
	@OMP_NUM_THREADS=1 $(PY) -m pytest -n 2 --dist loadfile tests/soundness tests/conformance/test_sabotage.py

proofs: $(READY) ## let Coq check the general theorems and the certificates of the paper's theorems (docs/formal.md)
	@$(PY) -m fpverify.exporters

thorough: $(READY) ## all tests, slow ones too, with many more random cases
	@OMP_NUM_THREADS=1 $(PY) -m pytest -n 2 --dist loadfile --hypothesis-profile=thorough -m "slow or not slow" $(ARGS)

bench: $(READY) ## measure the speed of the main paths
	@$(PY) -m pytest benchmarks -o addopts="--import-mode=importlib" --benchmark-only -s $(ARGS)

docs-check: $(READY) ## run the examples of the README and of docs/ (part of make test)
	@$(PY) -m pytest -k "readme or docs or examples" $(ARGS)

lock: python-is-new-enough ## pin anew what pyproject.toml asks for, in requirements.lock
	@rm -rf $(LOCK_VENV) && $(PYTHON) -m venv $(LOCK_VENV)
	@$(LOCK_VENV)/bin/python -m pip install -qq "$$(grep '^torch==' requirements.lock)"
	@$(LOCK_VENV)/bin/python -m pip install -qq ".[dev]"
	@$(LOCK_VENV)/bin/python -m pip freeze --exclude fpverify > $(LOCK_VENV)/frozen
	@sed 's/+cpu$$//' $(LOCK_VENV)/frozen > requirements.lock
	@rm -rf $(LOCK_VENV)
	@echo "requirements.lock is written: read the difference before you commit it."

clean: ## remove the environments and everything that tools have cached
	@rm -rf $(VENV) $(KERNEL_VENV) $(LOCK_VENV) build dist .benchmarks .hypothesis .import_linter_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

$(READY): requirements.lock pyproject.toml | python-is-new-enough
	@echo "Creating $(VENV): a minute or two, once ..."
	@$(PYTHON) -m venv $(VENV)
	@$(PY) -m pip install -qq -r requirements.lock || { echo "pip could not install requirements.lock: see its message above." >&2; exit 1; }
	@$(PY) -m pip install -qq --no-deps --no-build-isolation -e .
	@touch $@

# Nothing but python-flint: not even pip. The trust base of `fpverify check` is this environment.
$(KERNEL_READY): requirements.lock $(READY)
	@rm -rf $(KERNEL_VENV) && $(PYTHON) -m venv --without-pip $(KERNEL_VENV)
	@$(PY) -m pip --python $(KERNEL_VENV) install -qq --no-deps "$$(grep '^python-flint==' requirements.lock)"
	@touch $@

python-is-new-enough:
	@command -v $(PYTHON) > /dev/null || { echo "fpverify needs Python 3.11 or newer, and there is no $(PYTHON): name yours with make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "fpverify needs Python 3.11 or newer, and $(PYTHON) is older: name a newer one with make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null || { echo "$(PYTHON) cannot create environments: install its venv module (Debian, Ubuntu: apt-get install python3-venv)." >&2; exit 1; }
