"""Scalar indexes: a predicate answers the same with an index and without, for every type and operator."""

from __future__ import annotations

import datetime
import threading
import uuid
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vql
from vql.executor.knn.scans.mask import Mask
from vql.limits import INDEX_ROWS_MIN

ROWS = 2 * INDEX_ROWS_MIN
SEED = 8
DAY = datetime.date(2026, 1, 1)
NOON = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)
NAN, INFINITY = float("nan"), float("inf")
# Column, its type, and the value of a number; values repeat some three times.
KINDS = {
    "i2": ("smallint", lambda n: n - 1500),
    "i4": ("integer", lambda n: n * 1_000_000 - 2_000_000_000),
    "i8": ("bigint", lambda n: n * 10**15 - 10**18),
    "f4": ("real", lambda n: float(np.float32(n / 7))),
    "f8": ("double precision", lambda n: [NAN, INFINITY, -INFINITY, -0.0][n] if n < 4 else n / 7 - 100),
    "nu": ("numeric", lambda n: Decimal(n - 1500) / 8),
    "tx": ("text", lambda n: f"{'äß語x'[n % 4]}{n}"),
    "uu": ("uuid", lambda n: uuid.UUID(int=n * 7919 << 90)),
    "tz": ("timestamptz", lambda n: NOON + datetime.timedelta(hours=n)),
    "da": ("date", lambda n: DAY + datetime.timedelta(days=n - 1500)),
    "bo": ("boolean", lambda n: n == 7),
}  # fmt: skip
TABLES = ("plain", "indexed", "paired")
# Of few values each, so that what follows in an index is looked into.
SMALL = {"g": ("integer", lambda n: n % 3), "h": ("text", lambda n: "xyz"[n % 3]),
         "r": ("real", lambda n: [NAN, 0.0, -0.0, 1.5][n % 4])}  # fmt: skip
PAIRS = ("g, tx", "h, i4, f8", "r, g, nu", "bo, h, tz", "tx, g", "h, r, da")
OPERATORS = ("=", "<", "<=", ">", ">=", "<>")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("masks") / "db"


@pytest.fixture(scope="module")
def connection(folder: Path) -> Iterator[vql.Connection]:
    """TABLES of the same rows: sealed, deleted, and some in the delta; without an index, with one of each
    column, with some of several columns."""
    with vql.connect(folder) as made:
        columns = {**KINDS, **SMALL}
        definition = ", ".join(f"{name} {kind}" for name, (kind, _) in columns.items())
        numbers = np.random.default_rng(SEED).integers(3_000, size=ROWS).tolist()
        data: dict[str, object] = {"id": list(range(ROWS))}
        for place, (name, (_, value)) in enumerate(columns.items()):
            data[name] = [None if (n + place) % 301 == 0 else value(n) for n in numbers]
        for table in TABLES:
            made.execute(f"CREATE TABLE {table} (id bigint PRIMARY KEY, {definition})")
            made.insert(table, data)
        for name in KINDS:
            made.execute(f"CREATE INDEX ON indexed ({name})")
        for several in PAIRS:
            made.execute(f"CREATE INDEX ON paired ({several})")
        made.execute("VACUUM")
        for table in TABLES:
            made.execute(f"DELETE FROM {table} WHERE id % 13 = 5")
            made.execute(
                f"INSERT INTO {table} SELECT id + 100000, {', '.join(columns)} FROM {table} WHERE id < 50"
            )
        yield made


def both(connection: vql.Connection, condition: str, parameters: list[object]) -> list[tuple]:
    """The rows of a condition, the same from every table."""
    plain, *indexed = (
        connection.execute(f"SELECT id FROM {table} WHERE {condition} ORDER BY id", parameters).fetchall()
        for table in TABLES
    )
    assert all(rows == plain for rows in indexed), (condition, parameters)
    return plain


def test_every_type_is_built(connection):
    built = connection.execute("SELECT count(*), sum(rows) FROM vql_indexes WHERE table_name = 'indexed'")
    assert built.fetchall() == [(len(KINDS), len(KINDS) * ROWS)]


@pytest.mark.parametrize("name", KINDS)
def test_an_index_is_used(connection, name):
    value = KINDS[name][1](7)
    plan = connection.execute(f"EXPLAIN ANALYZE SELECT id FROM indexed WHERE {name} = $1", [value]).fetchall()
    assert any(f"btree index indexed_{name}_idx" in line for (line,) in plan), plan
    assert both(connection, f"{name} = $1", [value])


@pytest.mark.parametrize("name", KINDS)
def test_null_is_found_and_never_compared(connection, name):
    assert both(connection, f"{name} IS NULL", [])
    assert both(connection, f"{name} IS NULL AND {name} = $1", [KINDS[name][1](9)]) == []
    assert both(connection, f"{name} = $1", [None]) == []


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(KINDS)), st.sampled_from(OPERATORS), st.sampled_from(OPERATORS),
    st.lists(st.integers(0, 3_100), min_size=3, max_size=3), st.integers(0, ROWS),
)  # fmt: skip
def test_answers_are_those_of_the_columns(connection, name, op, other, numbers, below):
    a, b, c = (KINDS[name][1](n) for n in numbers)
    both(connection, f"{name} {op} $1", [a])
    both(connection, f"{name} {op} $1 AND {name} {other} $2", [a, b])
    both(connection, f"{name} BETWEEN $1 AND $2 AND id < $3", [a, b, below])
    both(connection, f"{name} IN ($1, $2, $3, NULL)", [a, b, c])
    both(connection, f"NOT ({name} {op} $1) OR i2 = $2", [a, numbers[1] - 1500])
    both(connection, f"i4 = $1 AND {name} {op} $2", [KINDS["i4"][1](numbers[1]), a])


def test_several_columns_give_their_rows_directly(connection):
    def plan(condition: str) -> str:
        lines = connection.execute(f"EXPLAIN ANALYZE SELECT id FROM paired WHERE {condition}").fetchall()
        return next((line.strip() for (line,) in lines if "Mask" in line), "")

    found = connection.execute(
        "SELECT count(*) FROM plain WHERE id < 100000 AND g = 1 AND tx < 'x12'"
    ).fetchone()
    assert plan("g = 1 AND tx < 'x12'").startswith("Mask: btree index paired_g_tx_idx")
    assert f"({found[0]:,} of" in plan("g = 1 AND tx < 'x12'")
    assert plan("h = 'x' AND i4 = 1000000000").startswith("Mask: btree index paired_h_i4_f8_idx")
    assert plan("g = 1") == ""  # a third of the rows
    assert plan("i4 = 1000000000") == ""  # not a first column


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(sorted(SMALL)), st.sampled_from(sorted(KINDS)), st.sampled_from(OPERATORS),
    st.sampled_from(OPERATORS), st.lists(st.integers(0, 3_100), min_size=3, max_size=3),
)  # fmt: skip
def test_answers_of_several_columns_are_those_of_the_columns(connection, small, name, op, other, numbers):
    a, b, c = (KINDS[name][1](n) for n in numbers)
    first = SMALL[small][1](numbers[0])
    both(connection, f"{small} = $1 AND {name} {op} $2", [first, b])
    both(connection, f"{name} {op} $1 AND {small} = $2 AND {name} {other} $3 AND i4 > 0", [b, first, c])
    both(connection, f"{small} = $1 AND {name} IN ($2, $3, $4)", [first, a, b, c])
    both(connection, f"{small} = $1 AND {name} IS NULL", [first])
    both(connection, f"{small} IS NULL AND {name} {op} $1", [b])
    both(connection, f"{small} = $1 AND g = $2 AND {name} {op} $3", [first, numbers[1] % 3, a])


# Beginnings that are whole texts, wildcards at once, escapes, the last code point and a surrogate's edge.
PATTERNS = ["x1%", "x12_", "ä%7", "%1", "_1%", "語2", "", "%", "x1\\%", "x\\1%", "X1%", "x1%2%", "\ud7ff%",
            "\U0010ffff%", "語%", "nothing%"]  # fmt: skip


@pytest.mark.parametrize("pattern", PATTERNS)
def test_patterns(connection, pattern):
    both(connection, "tx LIKE $1", [pattern])
    both(connection, "tx ILIKE $1", [pattern])
    both(connection, "NOT tx LIKE $1", [pattern])
    both(connection, "tx LIKE $1 AND g = 1", [pattern])
    both(connection, "g = 1 AND tx LIKE $1 AND tx < 'x13'", [pattern])


def test_a_pattern_uses_an_index(connection):
    for pattern in ("x12%", "x12_"):
        lines = connection.execute(
            f"EXPLAIN ANALYZE SELECT id FROM indexed WHERE tx LIKE '{pattern}'"
        ).fetchall()
        assert any("btree index indexed_tx_idx" in line for (line,) in lines), lines


@pytest.mark.parametrize("op", OPERATORS)
def test_decimals_beside_integers(connection, op):
    for value in ("3.5", "-3.5", "100", "1e30", "-1e30", "0.0"):
        for name in ("i2", "i4", "i8"):
            both(connection, f"{name} {op} {value}::numeric", [])


@pytest.mark.parametrize("value", [40_000, -40_000, 2**40, -(2**40), 0])
@pytest.mark.parametrize("op", OPERATORS)
def test_values_beyond_the_type(connection, op, value):
    for name in ("i2", "i4", "f4", "f8"):
        both(connection, f"{name} {op} {value}", [])


@pytest.mark.parametrize("value", [1 / 7, 0.1, 1e300, -1e300, NAN, INFINITY, float(np.float32(1 / 7))])
@pytest.mark.parametrize("op", OPERATORS)
def test_doubles_beside_reals(connection, op, value):
    for name in ("f4", "f8", "i4"):
        both(connection, f"{name} {op} '{value}'::double precision", [])


def test_changes_and_time_travel_through_an_index(tmp_path):
    with vql.connect(tmp_path / "db") as connection:
        connection.execute("CREATE TABLE t (id bigint PRIMARY KEY, brand text)")
        connection.insert("t", {"id": range(ROWS), "brand": [f"b{i % 1000}" for i in range(ROWS)]})
        connection.execute("CREATE INDEX by_brand ON t USING btree (brand)")
        connection.execute("CREATE SNAPSHOT before")
        connection.execute("BEGIN")
        connection.execute("DELETE FROM t WHERE brand = 'b7' AND id < 5000")
        assert connection.execute("SELECT count(*) FROM t WHERE brand = 'b7'").fetchone() == (5,)
        connection.execute("COMMIT")
        connection.execute("UPDATE t SET brand = 'new' WHERE brand = 'b8'")
        counts = "SELECT count(*) FROM t {} WHERE brand = $1"
        for brand, now in (("b7", 5), ("b8", 0), ("new", 10)):
            assert connection.execute(counts.format(""), [brand]).fetchone() == (now,)
        then = counts.format("AS OF SNAPSHOT 'before'")
        assert connection.execute(then, ["b8"]).fetchone() == (10,)
        connection.execute("VACUUM")
    with vql.connect(tmp_path / "db") as connection:
        assert connection.execute(counts.format(""), ["new"]).fetchone() == (10,)
        connection.execute("DROP INDEX by_brand")
        assert connection.execute(counts.format(""), ["new"]).fetchone() == (10,)
        assert connection.execute("SELECT count(*) FROM vql_indexes").fetchone() == (0,)


def test_threads_share_an_index(connection, folder):
    wrong: list[object] = []
    found: list[int] = []

    def ask(seed: int) -> None:
        with vql.connect(folder) as asker:
            for n in np.random.default_rng(seed).integers(3_000, size=50).tolist():
                value = KINDS["tx"][1](n)
                rows = asker.execute("SELECT tx FROM indexed WHERE tx = $1", [value]).fetchall()
                wrong.extend(row for row in rows if row != (value,))
                found.append(len(rows))

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert len(found) == 200 and sum(found) > 200


@given(st.integers(1, 2_000), st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_masks_are_the_same_however_made(rows, seed, share):
    generator = np.random.default_rng(seed)
    bools, other = generator.random((2, rows)) < share * share
    offsets = generator.integers(rows, size=20)
    made = [Mask(bools), Mask.from_ids(np.flatnonzero(bools), rows)]
    for mask in made:
        assert (mask.passes(offsets) == bools[offsets]).all()
        assert mask.count == bools.sum()
    assert (made[0].bits == made[1].bits).all()
    for mask in made:
        for right in (Mask(other), Mask.from_ids(np.flatnonzero(other), rows)):
            assert ((mask & right).bools == (bools & other)).all()
        assert (mask.bools == bools).all()
        assert (mask.ids == np.flatnonzero(bools)).all()


def test_few_values_are_bitmaps_and_answer_however_many_rows_pass(tmp_path):
    generator = np.random.default_rng(SEED)
    k, many = generator.integers(32, size=ROWS), generator.integers(33, size=ROWS)
    with vql.connect(tmp_path / "few") as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, k int, many int, v vector(2))")
        connection.insert(
            "t", {"id": np.arange(ROWS), "k": k, "many": many, "v": generator.normal(size=(ROWS, 2))}
        )
        connection.execute("UPDATE t SET k = NULL WHERE id % 7 = 0")
        connection.execute("VACUUM t")
        connection.execute("CREATE INDEX few ON t (k)")
        connection.execute("CREATE INDEX others ON t (many)")
        connection.execute("DELETE FROM t WHERE id % 7 = 1")
        there, known = np.arange(ROWS) % 7 != 1, np.arange(ROWS) % 7 > 0
        for where, passing, by in (
            ("k < 20", known & (k < 20), "few"),
            ("k >= 1", known & (k >= 1), "few"),
            ("k IN (3, 5, 31)", known & np.isin(k, [3, 5, 31]), "few"),
            ("k > 4 AND k <= 30", known & (k > 4) & (k <= 30), "few"),
            ("k = 99 OR k < 9", known & (k < 9), ""),
            ("k IS NULL", ~known, "few"),
            ("k < 20 AND many < 20", known & (k < 20) & (many < 20), ""),
            ("many < 20", many < 20, ""),
        ):
            sql = f"SELECT id FROM t WHERE {where} ORDER BY v <-> '[0,0]' LIMIT {ROWS}"
            found = {row[0] for row in connection.execute(sql).fetchall()}
            assert found == set(np.flatnonzero(passing & there).tolist()), where
            told = " ".join(row[0] for row in connection.execute(f"EXPLAIN ANALYZE {sql}").fetchall())
            assert ("btree index few" in told) == (by == "few"), where
            assert "btree index others" not in told
