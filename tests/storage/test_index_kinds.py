"""Index kinds that packages bring: the one of docs/index-kinds.md is installed, used, and missed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "index-kinds.md").read_text()
LINES_MAX = 80
START = """
import sys, numpy as np, vql
rows = np.random.default_rng(3).normal(size=(6_000, 16)).astype(np.float32)
queries = rows[:40] + 0.01
connection = vql.connect(sys.argv[1])

def nearest(query, passing, k=10):
    distances = np.linalg.norm(rows[passing].astype(np.float64) - query, axis=1)
    return passing[np.argsort(distances, kind="stable")[:k]].tolist()

def found(query, where="", k=10):
    sql = f"SELECT id, v <-> $1 FROM t {where} ORDER BY v <-> $1 LIMIT {k}"
    ids, distances = zip(*connection.execute(sql, [query]).fetchall())
    exact = np.linalg.norm(rows[list(ids)].astype(np.float64) - query, axis=1)
    assert np.allclose(distances, exact) and list(distances) == sorted(distances) and len(ids) == k
    return list(ids)

def explained(text):
    return "\\n".join(line for (line,) in connection.execute(f"EXPLAIN {text}", [queries[0]]).fetchall())

def recall(where="", passing=np.arange(len(rows))):
    shares = [len(set(found(q, where)) & set(nearest(q, passing))) / 10 for q in queries]
    return sum(shares) / len(shares)
"""
CREATE = """
connection.execute("CREATE TABLE t (id int PRIMARY KEY, v vector(16))")
connection.insert("t", {"id": np.arange(len(rows)), "v": rows})
connection.execute("VACUUM t")
connection.execute("CREATE INDEX near ON t USING mean_lists (v) WITH (lists = 40)")
"""


def install(folder: Path, name: str, code: str, target: str) -> Path:
    """Install a package of one module whose entry point is an index kind, as pip would."""
    (folder / f"{name}.py").write_text(code)
    metadata = folder / f"{name}-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[vql.index_kinds]\n{name} = {target}\n")
    return folder


def run(program: str, database: Path, *packages: Path) -> str:
    """Run a program in a fresh interpreter with packages installed; return what it prints."""
    paths = os.pathsep.join(map(str, (*packages, ROOT)))
    done = subprocess.run(
        [sys.executable, "-c", START + program, str(database)],
        capture_output=True, text=True, env=os.environ | {"PYTHONPATH": paths}, timeout=300,
    )  # fmt: skip
    assert not done.returncode, done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def package(tmp_path_factory) -> Path:
    """The kind of the document, installed as its own section of pyproject.toml says."""
    code = re.findall(r"```python\n(.*?)```", DOCUMENT, re.S)[0]
    assert len(code.splitlines()) < LINES_MAX
    name, target = re.findall(r'entry-points."vql.index_kinds"\]\n(\w+) = "(.*?)"', DOCUMENT)[0]
    return install(tmp_path_factory.mktemp("packages"), name, code, target)


@pytest.fixture(scope="module")
def database(tmp_path_factory, package) -> Path:
    """A database with an index of the kind."""
    path = tmp_path_factory.mktemp("kinds") / "db"
    run(CREATE, path, package)
    return path


def test_an_installed_kind_answers(database, package):
    run(
        """
assert recall() >= 0.9 and recall("WHERE id < 3000", np.arange(3000)) >= 0.9
assert found(queries[0], "WHERE id >= 5995", 5) == nearest(queries[0], np.arange(5995, 6000), 5)
assert found(queries[0], k=6_000) == nearest(queries[0], np.arange(6_000), 6_000)
plan = explained("ANALYZE SELECT id FROM t ORDER BY v <-> $1 LIMIT 10")
assert "Index Scan using near on t" in plan and "Strategy: mean_lists effort" in plan, plan
query = "ANALYZE SELECT id FROM t ORDER BY v <-> $1 LIMIT 10"
assert "mean_lists effort 3/" in explained(query + " WITH (effort = 3)")
assert "exact scan" in explained(query + " WITH (recall = 1)")
listed = connection.execute("SELECT index_name, method, metric, family FROM vql_indexes").fetchall()
assert listed == [("near", "mean_lists", "l2", "40 lists")], listed
sql = "SELECT amname FROM pg_class c JOIN pg_am a ON c.relam = a.oid WHERE relname = 'near'"
assert connection.execute(sql).fetchall() == [("mean_lists",)]
""",
        database, package,
    )  # fmt: skip


def test_changes_are_seen_through_an_installed_kind(tmp_path, package):
    run(
        CREATE
        + """
connection.execute("DELETE FROM t WHERE id = 0")
connection.execute("INSERT INTO t VALUES (6000, $1), (6001, NULL)", [queries[0]])
assert connection.execute("SELECT id FROM t ORDER BY v <-> $1 LIMIT 1", [queries[0]]).fetchall() == [(6000,)]
assert (0,) not in connection.execute("SELECT id FROM t ORDER BY v <-> $1 LIMIT 9", [rows[0]]).fetchall()
connection.execute("VACUUM t")
assert connection.execute("SELECT id FROM t ORDER BY v <-> $1 LIMIT 1", [queries[0]]).fetchall() == [(6000,)]
connection.execute("DROP INDEX near")
assert connection.execute("SELECT * FROM vql_indexes").fetchall() == []
assert "no index on v" in explained("SELECT id FROM t ORDER BY v <-> $1 LIMIT 10")
""",
        tmp_path / "db", package,
    )  # fmt: skip


def test_without_its_package_every_answer_is_exact(database):
    run(
        """
assert recall() == 1 and recall("WHERE id < 3000", np.arange(3000)) == 1
plan = explained("ANALYZE SELECT id FROM t ORDER BY v <-> $1 LIMIT 10")
assert 'Exact: access method "mean_lists" is not installed, index near is not used' in plan, plan
listed = connection.execute("SELECT index_name, family FROM vql_indexes").fetchall()
assert listed == [("near", 'access method "mean_lists" is not installed')], listed
connection.execute("SELECT * FROM pg_am, pg_indexes").fetchall()
connection.execute("VACUUM t")
try:
    connection.execute("CREATE INDEX other ON t USING mean_lists (v)")
except vql.Error as error:
    assert error.sqlstate == "42704" and "does not exist" in str(error)
else:
    raise AssertionError
""",
        database,
    )


NOT_LOADED = {
    "nowhere": ("import nowhere_to_be_found", "nowhere:Kind", "ModuleNotFoundError"),
    "odd": ("class Kind: pass", "odd:Kind", "is not an index kind"),
    "missing": ("class Kind: pass", "missing:Other", "AttributeError"),
    "broken": ("class Kind:\n def __init__(self): 1 / 0", "broken:Kind", "ZeroDivisionError"),
}


def test_a_package_that_does_not_load_is_named(tmp_path):
    for name, (code, target, _) in NOT_LOADED.items():
        install(tmp_path, name, code, target)
    said = run(
        f"""
connection.execute("CREATE TABLE t (id int PRIMARY KEY, v vector(16))")
for name in {list(NOT_LOADED)}:
    for _ in range(2):
        try:
            connection.execute(f"CREATE INDEX i ON t USING {{name}} (v)")
        except vql.Error as error:
            print(error.sqlstate, error)
""",
        tmp_path / "db", tmp_path,
    ).splitlines()  # fmt: skip
    assert len(said) == 2 * len(NOT_LOADED)
    for (name, (_, _, told)), first, second in zip(NOT_LOADED.items(), said[::2], said[1::2], strict=True):
        assert first == second and told in first
        assert first.startswith(f'38000 access method "{name}" failed to load: ')


FAULTY = """
from vql.storage.index.kind import BuiltIndex, Candidates, IndexKind
import numpy as np, os
FAULT = os.environ.get("FAULT")
class Kind(IndexKind):
    name = "faulty"
    def accepts(self, type_, metric):
        if FAULT == "accepts": raise KeyError("a fault")
        return type_.name == "vector"
    def check(self, options):
        if FAULT == "check": raise KeyError("a fault")
    def build(self, columns, definition, device, step):
        if FAULT == "build": raise KeyError("a fault")
        return BuiltIndex({}, {})
    def open(self, columns, metric, info, blobs):
        if FAULT == "open": raise KeyError("a fault")
        return self
    def describe(self, info):
        if FAULT == "describe": raise KeyError("a fault")
        return "odd"
    def cost_us(self, k, recall, passing): return 1.0
    def candidates(self, query, k, recall, mask, effort):
        if FAULT == "search": raise KeyError("a fault")
        odd = {"strange": [-7, 5, 5, 10**9], "none": [], "all": range(6000)}
        if FAULT == "text": return Candidates(np.array(["x"]), 1)
        return None if FAULT == "scan" else Candidates(np.array(odd[FAULT], np.int64), 1)
"""
BUILT = """
connection.execute("CREATE TABLE t (id int PRIMARY KEY, v vector(16))")
connection.insert("t", {"id": np.arange(len(rows)), "v": rows})
connection.execute("VACUUM t")
def errors(sql, *parameters):
    try:
        connection.execute(sql, *parameters)
    except vql.Error as error:
        return f"{error.sqlstate} {error}"
said = errors("CREATE INDEX i ON t USING faulty (v)")
"""


@pytest.mark.parametrize("fault", ["accepts", "check"])
def test_a_kind_that_cannot_read_its_definition_is_named(tmp_path, fault, monkeypatch):
    install(tmp_path, "faulty", FAULTY, "faulty:Kind")
    monkeypatch.setenv("FAULT", fault)
    told = run(BUILT + "print(said)", tmp_path / "db", tmp_path)
    assert told.startswith('38000 access method "faulty" failed to read a definition: KeyError')


def test_a_kind_that_cannot_describe_its_index_says_so_in_the_catalog(tmp_path, monkeypatch):
    install(tmp_path, "faulty", FAULTY, "faulty:Kind")
    monkeypatch.setenv("FAULT", "describe")
    told = run(
        BUILT + 'print(connection.execute("SELECT * FROM vql_indexes").fetchall())', tmp_path / "db", tmp_path
    )
    assert "failed to describe an index: KeyError" in told


@pytest.mark.parametrize("fault", ["build", "open", "search", "text"])
def test_a_kind_that_raises_fails_the_statement_and_is_named(tmp_path, fault, monkeypatch):
    install(tmp_path, "faulty", FAULTY, "faulty:Kind")
    monkeypatch.setenv("FAULT", fault)
    told = run(
        BUILT
        + """
said = said or errors("SELECT id FROM t ORDER BY v <-> $1 LIMIT 10", [queries[0]])
print(said)
connection.execute("DROP INDEX IF EXISTS i")  # there where it was built
assert found(queries[0]) == nearest(queries[0], np.arange(len(rows)))
""",
        tmp_path / "db", tmp_path,
    )  # fmt: skip
    assert told.startswith('38000 access method "faulty" failed to ')


def test_a_kind_that_cannot_build_holds_up_nothing_else(tmp_path, monkeypatch):
    install(tmp_path, "faulty", FAULTY, "faulty:Kind")
    monkeypatch.setenv("FAULT", "build")
    run(
        """
connection.database.maintainer.in_background = False
"""
        + BUILT
        + """
assert "38000" in said
connection.execute("CREATE TABLE u (id int PRIMARY KEY, v vector(16))")
connection.execute("CREATE INDEX j ON u USING flat (v)")
connection.execute("CREATE TABLE w (id int PRIMARY KEY, v vector(16))")
connection.execute("CREATE INDEX k ON w USING faulty (v)")
for table in ("u", "w"):
    connection.insert(table, {"id": np.arange(len(rows)), "v": rows})
assert "38000" in errors("VACUUM")
assert connection.execute("SELECT index_name FROM vql_indexes").fetchall() == [("j",)]
""",
        tmp_path / "db", tmp_path,
    )  # fmt: skip


def test_what_a_kind_proposes_is_not_trusted(tmp_path, monkeypatch):
    """Offsets that are no rows, come twice or are too few: the answer is that of an exact scan."""
    install(tmp_path, "faulty", FAULTY, "faulty:Kind")
    monkeypatch.setenv("FAULT", "scan")
    run(
        BUILT
        + """
import faulty
assert said is None, said
for faulty.FAULT in ("strange", "none", "all", "scan"):
    for where, passing in (("", np.arange(6000)), ("WHERE id > 5000", np.arange(5001, 6000))):
        for query in queries[:5]:
            assert found(query, where) == nearest(query, passing), faulty.FAULT
""",
        tmp_path / "db", tmp_path,
    )  # fmt: skip
