# hakseup: one command for each thing a newcomer wants.
#   make demo    the whole way on data that is already there: train, evaluate, report
#   make studio  the page: draw, look, train, try
#   make test    what the continuous integration runs: style, types, tests
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Whole files go to up to four processes, in the order that conftest.py gives.
PYTEST := $(BIN)/python -m pytest
SPREAD := -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo studio test test-slow check format docs clean help
help:
	@sed -n 's/^#   //p' Makefile

demo: $(VENV)/.installed
	$(BIN)/hakseup demo

studio: $(VENV)/.installed
	$(BIN)/hakseup studio

test: check
	$(PYTEST) $(SPREAD)

# Minutes to an hour: kills hundreds of processes, trains the tutorials on the real data (HAKSEUP_DATA).
test-slow: $(VENV)/.tests
	$(PYTEST) -m slow

check: $(VENV)/.tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.tests
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.installed
	$(BIN)/hakseup recipes --settings --markdown > docs/settings.md

# A plain install of PyTorch on Linux brings gigabytes for NVIDIA cards. Where there is no such card, and PyTorch's
# own index for processors can be reached, it is taken from there: some 200 MB.
$(VENV)/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("hakseup needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 ...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing (once; a few minutes) ..."
	@$(PIP) --upgrade pip
	@$(BIN)/python scripts/install_torch.py
	@$(PIP) --editable .
	@touch $@

$(VENV)/.tests: $(VENV)/.installed
	@$(PIP) --editable '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info src/*.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
