# make demo   build the quickstart disk and boot it          make test   set up and run the whole test suite
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT := out
# make demo DOS=PATH uses a DOS of your own (a disk image or a folder) instead of the embedded one.
DOS ?=

.PHONY: demo test unit lint bench clean

demo: $(VENV)/.installed
	@$(PYTHON) tests/demo.py --bin $(BIN) --out $(OUT) $(if $(DOS),--dos "$(DOS)")

test: lint
	@$(PYTHON) tests/system_packages.py
	@$(BIN)/python -m pytest -n 2 --cov --cov-report=term --durations=10

unit: $(VENV)/.test
	@$(BIN)/python -m pytest tests/unit -q

lint: $(VENV)/.test
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --check --quiet . && $(BIN)/mypy --no-error-summary

bench: $(VENV)/.test
	@$(BIN)/python tests/bench/floppies.py
	@$(BIN)/python tests/bench/adapters.py
	@PYTHONPATH=. $(BIN)/python tests/bench/bbdos.py
	@PYTHONPATH=. $(BIN)/python tests/bench/pxe.py
	@PYTHONPATH=. $(BIN)/python tests/bench/dhcp.py
	@PYTHONPATH=. $(BIN)/python tests/bench/roms.py
	@PYTHONPATH=. $(BIN)/python tests/bench/tftp_beside.py

$(VENV)/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "bootbuilder needs Python 3.11 or later; name one: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "no venv module: apt install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@$(BIN)/python -m compileall -q bootbuilder
	@touch $@

$(VENV)/.test: $(VENV)/.installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@

clean:
	rm -rf $(VENV) $(OUT) .pytest_cache .mypy_cache .ruff_cache .coverage
