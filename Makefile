# Every target makes what it needs in .venv from a bare python3.
PYTHON ?= python3
BIN = .venv/bin
STAMP = .venv/.installed
ROOMS = vql executor storage server grammar tests examples bench

# Tests in parallel, neighbours in one process: those of a file share what is dear to set up.
PARALLEL = -n auto --maxprocesses 8 --dist worksteal

.PHONY: help dev demo test check format picture judge soak fuzz differential bench bench-figures bench-load \
	bench-memory bench-scale bench-everyday bench-wire bench-concurrency bench-many bench-words bench-peers \
	bench-bucket clean

# What a command is given: make test ARGS='tests/golden -k insert', make bench ARGS='fashion-mnist --rows 20000'
ARGS ?=
# Tests start hundreds of processes: without its bytecode each would compile the package anew.
unexport PYTHONDONTWRITEBYTECODE
PEER_SETS ?= glove-100 fashion-mnist

help:
	@echo "make demo    similar shoes, now and as of before: 10,000 pictures, a contact sheet, the console; ARGS=--no-browser"
	@echo "make check   format, lint and types"
	@echo "make test    every test, on every core; ARGS='tests/golden -k insert' some"
	@echo "make format  put the code into its format"
	@echo "make picture draw the imports between rooms: docs/imports.svg"
	@echo "make soak    kill a database 1,000 times, at every moment (ARGS='ROUNDS'); 100,000 commits; 10,000"
	@echo "             tables; histories of four processes, checked for anomalies; 1,000 damages"
	@echo "make fuzz    nonsense: a million messages, a million statements; ARGS='COUNT SEED'"
	@echo "make judge   the judged tests, and every call of every declaration"
	@echo "make differential  random statements on PostgreSQL and here; ARGS='COUNT SEED', ARGS=--rewrite"
	@echo "make bench   recall and speed against raw faiss, as tables and plots; ARGS='SET --rows N'"
	@echo "make bench-figures  a statement's cost, bulk inserts, 10k to 1M rows, opening a database"
	@echo "make bench-load     load and index, against pgvector"
	@echo "make bench-memory   search under a memory limit below the vectors' size"
	@echo "make bench-scale    what a query and an index cost as rows grow; ARGS='1000000 10000000'"
	@echo "make bench-wire     pgbench over the wire, against pgvector"
	@echo "make bench-everyday small statements, against PostgreSQL"
	@echo "make bench-concurrency  1, 4 and 16 clients over the wire, by scan and by index"
	@echo "make bench-many     256 vectors by one statement, against one by one"
	@echo "make bench-words    ranks by words, against bm25s and tantivy; ARGS=FILE, a text a line"
	@echo "make bench-bucket   a database in a bucket: commits, opens, queries; ARGS=URL, or a store of its own"
	@echo "make bench-peers    VQL beside other databases (installs them): docs/bench-peers.md"
	@echo "make dev     only set up .venv"
	@echo "make clean   remove .venv and what was built"

$(STAMP): pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $(STAMP)

dev: $(STAMP)

demo: $(STAMP)
	$(BIN)/python examples/fashion/demo.py $(ARGS)

check: $(STAMP)
	$(BIN)/ruff format --check $(ROOMS)
	$(BIN)/ruff check $(ROOMS)
	$(BIN)/mypy vql

test: $(STAMP)
	$(BIN)/python -m pytest $(PARALLEL) $(ARGS)

format: $(STAMP)
	$(BIN)/ruff format $(ROOMS)
	$(BIN)/ruff check --fix $(ROOMS)

picture: $(STAMP)
	$(BIN)/python -m tests.tidy.picture

soak: $(STAMP)
	$(BIN)/python -m tests.storage.soak $(ARGS)
	$(BIN)/python -m tests.storage.soak_commits
	$(BIN)/python -m tests.storage.soak_tables
	VQL_BUCKET_KILLS=100 $(BIN)/python -m pytest tests/bucket/test_writers.py -k acknowledged_is_lost --timeout 3600
	$(BIN)/python -m tests.storage.histories
	$(BIN)/python -m tests.storage.damage

fuzz: $(STAMP)
	$(BIN)/python -m tests.fuzz.messages $(ARGS)
	$(BIN)/python -m tests.fuzz.strange_statements $(ARGS)

judge: $(STAMP)
	$(BIN)/python -m pytest tests/postgres --judge -n auto $(ARGS)

differential: $(STAMP)
	$(BIN)/python -m tests.postgres.differential $(ARGS)

bench: $(STAMP)
	OMP_NUM_THREADS=1 $(BIN)/python -m bench.run $(ARGS)

bench-figures: $(STAMP)
	OMP_NUM_THREADS=1 $(BIN)/python -m bench.figures $(ARGS)

bench-memory: $(STAMP)
	$(BIN)/python -m bench.memory $(ARGS)

bench-scale: $(STAMP)
	OMP_NUM_THREADS=1 $(BIN)/python -m bench.scale $(ARGS)

bench-load: .venv/.peers
	$(BIN)/python -m bench.load $(ARGS)

bench-everyday: .venv/.peers
	$(BIN)/python -m bench.everyday $(ARGS)

bench-wire: .venv/.peers
	$(BIN)/python -m bench.wire $(ARGS)

bench-concurrency: $(STAMP)
	$(BIN)/python -m bench.concurrency $(ARGS)

bench-many: $(STAMP)
	OMP_NUM_THREADS=1 $(BIN)/python -m bench.many $(ARGS)

bench-bucket: $(STAMP)
	OMP_NUM_THREADS=1 $(BIN)/python -m bench.bucket $(ARGS)

bench-words: .venv/.peers
	OMP_NUM_THREADS=1 $(BIN)/python -m bench.words $(ARGS)

bench-peers: .venv/.peers
	$(BIN)/python -m bench.peers $(PEER_SETS) $(ARGS)

# DuckDB's vss extension is made for an older DuckDB than VQL's: it gets an environment of its own.
.venv/.peers: $(STAMP)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[bench,peers]'
	$(PYTHON) -m venv .cache/duckdb-vss
	.cache/duckdb-vss/bin/pip install --quiet --disable-pip-version-check \
		numpy pyarrow duckdb==1.5.5 duckdb-extension-vss==1.5.5
	touch $@

clean:
	rm -rf .venv .cache/duckdb-vss build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
