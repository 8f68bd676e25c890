"""Three-valued logic: random conditions over columns full of NULLs pass the rows that DuckDB passes, with
scalar indexes and without, in sealed rows and new ones, as a filter of a scan and of a vector search.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vql
from vql.storage.transactions import transaction
from vql.storage.upkeep import build as upkeep_build

ROWS, GROWING, SEED = 400, 30, 8
DEFINITION = "id bigint PRIMARY KEY, a int, b int, s text, f double precision, d date, n numeric, o boolean"
WORDS = ["", "x", "y", "xy", "xyz", "yx", "é", "X", "x%", "z_"]
INDEXES = ("a", "b", "s", "f", "d", "n", "o", "o, a", "s, b")
NUMBERS = st.integers(-2, 30).map(str) | st.sampled_from(["NULL", "3.5", "1e3", "2147483648"])
# What each column may be compared with, as SQL.
VALUES = {
    "a": NUMBERS, "b": NUMBERS,
    "s": st.sampled_from(WORDS).map("'{}'".format) | st.just("NULL"),
    "f": NUMBERS | st.sampled_from(["'NaN'::double precision", "0.5"]),
    "d": st.integers(1, 28).map("'2026-01-{:02}'::date".format) | st.just("NULL"),
    "n": st.integers(-8, 60).map(lambda i: str(i / 4)) | st.just("NULL"),
}  # fmt: skip
PATTERNS = st.sampled_from(["'x%'", "'%y'", "'x_'", "'%'", "''", "'xy%z'", "NULL", "'é'", "'X%'"])
OPERATORS = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])


@st.composite
def comparisons(draw):
    """A condition of one column."""
    column = draw(st.sampled_from(sorted(VALUES)))
    values = VALUES[column]
    negated = draw(st.sampled_from(["", "", "NOT "]))
    match draw(st.integers(0, 6)):
        case 0 | 1:
            return f"{column} {draw(OPERATORS)} {draw(values)}"
        case 2:
            items = ", ".join(draw(st.lists(values, min_size=1, max_size=5)))
            return f"{column} {negated}IN ({items})"
        case 3:
            return f"{column} {negated}BETWEEN {draw(values)} AND {draw(values)}"
        case 4:
            return f"{column} IS {negated}NULL"
        case 5:
            return f"s {negated}{draw(st.sampled_from(['LIKE', 'ILIKE']))} {draw(PATTERNS)}"
    return draw(
        st.sampled_from(["o", f"a {draw(OPERATORS)} b", "f > a", "o = true", "o IS NULL", "o <> false"])
    )


CONDITIONS = st.recursive(
    comparisons(),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=4).map(lambda items: f"({' AND '.join(items)})"),
        st.lists(inner, min_size=2, max_size=4).map(lambda items: f"({' OR '.join(items)})"),
        inner.map("(NOT ({}))".format),
        inner.map("(({}) IS NOT TRUE)".format),
        inner.map("(({}) IS NULL)".format),
    ),
    max_leaves=8,
)


class Both(NamedTuple):
    """The same rows in VQL, as tables `plain` and `indexed`, and in DuckDB."""

    ours: vql.Connection
    duck: duckdb.DuckDBPyConnection


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    saved = upkeep_build.INDEX_ROWS_MIN, transaction.BULK_ROWS_MIN
    upkeep_build.INDEX_ROWS_MIN, transaction.BULK_ROWS_MIN = ROWS, ROWS
    generator = np.random.default_rng(SEED)

    def some(make):
        return [None if generator.random() < 0.2 else make() for _ in range(ROWS + GROWING)]

    def number(low, high):
        return lambda: int(generator.integers(low, high))

    columns = {
        "id": list(range(ROWS + GROWING)), "a": some(number(-2, 30)), "b": some(number(0, 12)),
        "s": some(lambda: WORDS[generator.integers(len(WORDS))]),
        "f": some(lambda: [float("nan"), 0.5, 3.0][generator.integers(3)] + int(generator.integers(0, 20))),
        "d": some(lambda: f"2026-01-{generator.integers(1, 29):02}"),
        "n": some(lambda: str(generator.integers(-8, 60) / 4)),
        "o": some(lambda: bool(generator.integers(2))),
    }  # fmt: skip
    rows = list(zip(*columns.values(), strict=True))
    with vql.connect(tmp_path_factory.mktemp("logic") / "db") as ours, duckdb.connect() as duck:
        duck.execute(f"CREATE TABLE t ({DEFINITION.replace('numeric', 'decimal(18, 4)')})")
        duck.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        for table in ("plain", "indexed"):
            ours.execute(f"CREATE TABLE {table} ({DEFINITION}, v vector(1) DEFAULT '[1]')")
            for part in (rows[:ROWS], rows[ROWS:]):
                ours.executemany(
                    f"INSERT INTO {table} (id, a, b, s, f, d, n, o) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", part
                )
                if len(part) == ROWS:
                    ours.execute("VACUUM")  # the others stay in the delta
        for names in INDEXES:
            ours.execute(f"CREATE INDEX ON indexed ({names})")
        built = ours.execute("SELECT count(*) FROM vql_indexes").fetchone()
        assert built == (len(INDEXES),)
        yield Both(ours, duck)
    upkeep_build.INDEX_ROWS_MIN, transaction.BULK_ROWS_MIN = saved


@settings(max_examples=80, deadline=None, derandomize=True)
@given(condition=CONDITIONS)
def test_conditions_pass_the_rows_that_duckdb_passes(both: Both, condition: str) -> None:
    expected = both.duck.execute(f"SELECT id FROM t WHERE {condition} ORDER BY id").fetchall()
    for table in ("plain", "indexed"):
        found = both.ours.execute(f"SELECT id FROM {table} WHERE {condition} ORDER BY id").fetchall()
        assert found == expected, table
    near = both.ours.execute(f"SELECT id FROM indexed WHERE {condition} ORDER BY v <-> '[0]' LIMIT 1000")
    assert near.fetchall() == expected


@settings(max_examples=60, deadline=None, derandomize=True)
@given(condition=comparisons(), other=comparisons())
def test_a_condition_is_true_false_or_unknown(both: Both, condition: str, other: str) -> None:
    """Exactly one holds of each row; and AND and OR are each other's negation."""

    def ids(text: str) -> list[int]:
        return [row[0] for row in both.ours.execute(f"SELECT id FROM indexed WHERE {text}").fetchall()]

    parts = ids(condition) + ids(f"NOT ({condition})") + ids(f"({condition}) IS NULL")
    assert sorted(parts) == list(range(ROWS + GROWING))
    negated = f"NOT (({condition}) AND ({other}))"
    assert sorted(ids(negated)) == sorted(ids(f"NOT ({condition}) OR NOT ({other})"))
