# Every target makes what it needs in .venv from a bare python3.
PYTHON ?= python3
BIN = .venv/bin
STAMP = .venv/.installed
ROOMS = vql executor storage server grammar tests examples bench

.PHONY: help dev demo test check format bench clean

help:
	@echo "make demo    similar shoes, now and as of before: 10,000 pictures, one contact sheet"
	@echo "make test    every test"
	@echo "make check   format, lint, types and every test: what CI runs"
	@echo "make format  put the code into its format"
	@echo "make bench   recall and speed against raw faiss, as a table and a plot"
	@echo "make dev     only set up .venv"
	@echo "make clean   remove .venv and what was built"

$(STAMP): pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev,bench,demo]'
	touch $(STAMP)

dev: $(STAMP)

demo: $(STAMP)
	$(BIN)/python examples/fashion/demo.py

test: $(STAMP)
	$(BIN)/python -m pytest

check: $(STAMP)
	$(BIN)/ruff format --check $(ROOMS)
	$(BIN)/ruff check $(ROOMS)
	$(BIN)/mypy vql
	$(BIN)/python -m pytest

format: $(STAMP)
	$(BIN)/ruff format $(ROOMS)
	$(BIN)/ruff check --fix $(ROOMS)

bench: $(STAMP)
	$(BIN)/python -m bench.run

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
