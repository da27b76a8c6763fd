# make lab        open the course in JupyterLab       ARGS="--port 9999 --no-browser" go to JupyterLab
#                 your copies of the chapters are in work/; those that you have changed are never written over
# make new        put the course's newer chapters beside yours   ONLY="3 12" says which
# make test       run the tests and every notebook    ARGS="-k softmax" go to pytest
# make test-torch compare with PyTorch
# make conformance  write docs/conformance.md: which of PyTorch's operators agree
# make bench      minigrad's time and memory beside PyTorch's and the peers'   ONLY="3 4" for some of the workloads
# make notebooks  run and store the notebooks again   ONLY="03 12" for some of them
#                 TIMINGS=new stores what was measured in this run, too; else the stored times stay while the code does
# make clean      remove all that these commands made, but not work/
# PYTHON=python3.13 chooses the Python that the virtual environment is made with.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
PYTEST := $(BIN)/python -m pytest

.DELETE_ON_ERROR:
.PHONY: help lab new test test-torch conformance bench notebooks clean

help:
	@sed -n '1,/^$$/s/^# //p' $(firstword $(MAKEFILE_LIST))

lab: $(VENV)/.course
	@$(BIN)/python -m minigrad.course.lab $(ARGS)

new: $(VENV)/.course
	@$(BIN)/python -m minigrad.course.work $(ONLY)

test: $(VENV)/.dev
	$(PYTEST) --nbval -n 2 --dist loadscope $(ARGS)

test-torch: $(VENV)/.torch
	$(PYTEST) $$(find tests -name 'test_torch_*.py') $(ARGS)

conformance: $(VENV)/.torch
	PYTHONPATH=. $(BIN)/python tests/conformance.py

bench: $(VENV)/.bench
	@$(BIN)/python -m benchmarks $(ONLY) $(ARGS)

notebooks: $(VENV)/.course
	@$(BIN)/python -m minigrad.course.execute $(if $(TIMINGS),--timings $(TIMINGS)) $(ONLY)

clean:
	rm -rf $(VENV) build dist *.egg-info __pycache__ .pytest_cache .hypothesis
	find minigrad tests notebooks -name __pycache__ -prune -exec rm -rf {} +
	find notebooks -name .ipynb_checkpoints -prune -exec rm -rf {} +

# The virtual environment. A stamp is older than pyproject.toml exactly when something may have to be installed.

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "minigrad needs Python 3.11 or newer; $(PYTHON) is: $$($(PYTHON) --version 2>&1)." >&2; \
		echo "Name another one: make $(firstword $(MAKECMDGOALS)) PYTHON=python3.12" >&2; exit 1; }
	@echo "Making the virtual environment $(VENV) ..."
	@$(PYTHON) -m venv --clear $(VENV)

$(VENV)/.course: pyproject.toml | $(BIN)/python
	@echo "Installing the course (a few minutes the first time) ..."
	@$(PIP) --editable ".[course]"
	@touch $@

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	@echo "Installing what the tests need (a few minutes the first time) ..."
	@$(PIP) --editable ".[dev]"
	@touch $(VENV)/.course $@

$(VENV)/.torch: pyproject.toml | $(VENV)/.dev
	@echo "Installing PyTorch ..."
	@$(PIP) --editable ".[dev,torch]"
	@touch $(VENV)/.course $(VENV)/.dev $@

$(VENV)/.bench: pyproject.toml | $(VENV)/.torch
	@echo "Installing the peers ..."
	@$(PIP) --editable ".[dev,torch,bench]"
	@touch $(VENV)/.course $(VENV)/.dev $(VENV)/.torch $@
