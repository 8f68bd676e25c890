# Every target makes what it needs in .venv from a bare python3.
PYTHON ?= python3
BIN = .venv/bin
STAMP = .venv/.installed

.PHONY: dev test check demo bench clean

$(STAMP): pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --editable '.[dev,bench,demo]'
	touch $(STAMP)

dev: $(STAMP)

test: $(STAMP)
	$(BIN)/python -m pytest

check: $(STAMP)
	$(BIN)/ruff check vql executor storage server tests
	$(BIN)/python -m pytest

clean:
	rm -rf .venv build dist *.egg-info
