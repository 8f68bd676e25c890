"""The contract of a nearest-neighbour block, whatever answers it: min(k, matching) rows that match, exact
distances, the order of (distance, row id), and with recall = 1 the very rows of brute force.

Vectors are multiples of 1/8 of little size: every sum of products is exact in float64, so distances
have to be equal to the bit, and many of them tie.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vql
from vql.storage.transactions import transaction
from vql.storage.upkeep import build as upkeep_build

DIM, SEED = 12, 8
# Of the sealed segments one is indexed, one is too small to be.
SEALED, LATER, GROWING, INDEX_ROWS_MIN = 900, 400, 30, 700
CLASSES = {"l2": "l2", "inner_product": "ip", "cosine": "cosine", "l1": "l1"}
OPERATORS = {"l2": "<->", "inner_product": "<#>", "cosine": "<=>", "l1": "<+>"}
# The index methods of a table, and the metrics that have one; the other metrics are scanned.
TABLES = {
    "none": (), "auto": (("auto", "cosine"),), "hnsw": (("hnsw", "l2"),),
    "ivfflat": (("ivfflat", "inner_product"),), "ivfpq": (("ivfpq", "l2"),),
    "rabitq": (("rabitq", "cosine"),),
}  # fmt: skip
# SQL, and which rows of the model pass: where a is -1 it is NULL.
FILTERS = {
    "": lambda rows: np.ones(len(rows.id), bool),
    "bucket < 50": lambda rows: rows.bucket < 50,
    "bucket = 3": lambda rows: rows.bucket == 3,
    "side < 30": lambda rows: rows.side < 30,
    "side > 90 AND bucket < 60": lambda rows: (rows.side > 90) & (rows.bucket < 60),
    "bucket > 1000": lambda rows: np.zeros(len(rows.id), bool),
    "a < 2": lambda rows: (rows.a >= 0) & (rows.a < 2),
    "NOT (a = 1 OR bucket < 20)": lambda rows: (rows.a >= 0) & (rows.a != 1) & (rows.bucket >= 20),
    "a IS NULL": lambda rows: rows.a < 0,
    "v IS NULL": lambda rows: ~rows.valid,
    "v IS NOT NULL AND a IN (0, 3, NULL)": lambda rows: rows.valid & np.isin(rows.a, [0, 3]),
    "id % 7 = 2": lambda rows: rows.id % 7 == 2,
}


@dataclass(frozen=True)
class Rows:
    """The model: columns of visible rows in the order of their creation. v (n, DIM) float64."""

    id: np.ndarray
    bucket: np.ndarray
    side: np.ndarray
    a: np.ndarray
    valid: np.ndarray
    v: np.ndarray

    def where(self, kept: np.ndarray) -> Rows:
        return Rows(*(column[kept] for column in vars(self).values()))

    def and_then(self, other: Rows) -> Rows:
        both = zip(vars(self).values(), vars(other).values(), strict=True)
        return Rows(*(np.concatenate(columns) for columns in both))

    def updated(self, hit: np.ndarray) -> Rows:
        """Rows whose bucket is set to 3: ended, and made again in their order."""
        made = self.where(hit)
        return self.where(~hit).and_then(replace(made, bucket=np.full(len(made.id), 3)))


class Made(dict[str, tuple[vql.Connection, vql.Connection, dict[str, Rows]]]):
    """By table: a connection, one with an open transaction, and the rows of each moment."""

    def _repr_pretty_(self, printer: object, cycle: bool) -> None:
        """Keep all rows out of Hypothesis' reports."""


def made_rows(generator: np.random.Generator, first_id: int, count: int) -> Rows:
    centres = np.random.default_rng(SEED).integers(-24, 25, (12, DIM))
    v = (centres[generator.integers(0, 12, count)] + generator.integers(-6, 7, (count, DIM))) / 8
    v[generator.random(count) < 0.05] = 0  # no direction: NaN by cosine
    again = generator.random(count) < 0.1
    v[again] = v[generator.integers(0, count, again.sum())]
    return Rows(
        np.arange(first_id, first_id + count), generator.integers(0, 100, count),
        np.argsort(np.argsort(v @ np.arange(DIM), kind="stable")) * 100 // count,
        generator.integers(-1, 5, count), generator.random(count) >= 0.04, v,
    )  # fmt: skip


def insert(connection: vql.Connection, rows: Rows) -> None:
    connection.insert("t", {
        "id": rows.id, "bucket": rows.bucket, "side": rows.side,
        "a": [None if a < 0 else int(a) for a in rows.a],
        "v": [v.astype("f4") if valid else None for v, valid in zip(rows.v, rows.valid, strict=True)],
    })  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    saved = upkeep_build.INDEX_ROWS_MIN, transaction.BULK_ROWS_MIN
    upkeep_build.INDEX_ROWS_MIN, transaction.BULK_ROWS_MIN = INDEX_ROWS_MIN, LATER
    found, opened = Made(), []
    for name, indexes in TABLES.items():
        folder = tmp_path_factory.mktemp("contract") / "db"
        connection, writer = vql.connect(folder), vql.connect(folder)
        opened += [connection, writer]
        generator = np.random.default_rng(SEED)
        connection.execute(
            f"CREATE TABLE t (id bigint PRIMARY KEY, bucket int, side int, a int, v vector({DIM}))"
        )
        rows = made_rows(generator, 0, SEALED)
        insert(connection, rows)
        for method, metric in indexes:
            connection.execute(f"CREATE INDEX ON t USING {method} (v vector_{CLASSES[metric]}_ops)")
        connection.execute("CREATE INDEX ON t (bucket)")
        connection.execute("VACUUM")
        moments = {f"AS OF VERSION {connection.database.store.version()}": rows}
        later = made_rows(generator, 10_000, LATER)
        insert(connection, later)
        rows = rows.and_then(later)
        connection.execute("DELETE FROM t WHERE id % 9 = 4")
        rows = rows.where(rows.id % 9 != 4)
        connection.execute("UPDATE t SET bucket = 3 WHERE side = 50")
        rows = rows.updated(rows.side == 50)
        connection.execute("VACUUM")
        growing = made_rows(generator, 20_000, GROWING)
        insert(connection, growing)
        moments[""] = rows = rows.and_then(growing)
        writer.begin()
        own = made_rows(generator, 30_000, GROWING)
        insert(writer, own)
        writer.execute("DELETE FROM t WHERE id % 5 = 1")
        writer.execute("UPDATE t SET bucket = 3 WHERE bucket = 77")
        rows = rows.and_then(own)
        rows = rows.where(rows.id % 5 != 1)
        moments["own"] = rows.updated(rows.bucket == 77)
        found[name] = connection, writer, moments
    yield found
    for each in opened:
        each.close()
    upkeep_build.INDEX_ROWS_MIN, transaction.BULK_ROWS_MIN = saved


def distances(rows: Rows, query: np.ndarray, metric: str) -> np.ndarray:
    if metric == "l2":
        found = np.sqrt(((rows.v - query) ** 2).sum(1))
    elif metric == "l1":
        found = np.abs(rows.v - query).sum(1)
    elif metric == "inner_product":
        found = -(rows.v @ query)
    else:
        norms = np.sqrt((rows.v * rows.v).sum(1) * (query @ query))
        with np.errstate(invalid="ignore", divide="ignore"):
            found = np.where(norms > 0, 1 - np.clip(rows.v @ query / norms, -1, 1), np.nan)
    found[~rows.valid] = np.nan
    return found


def row_ids(connection: vql.Connection, as_of: str, ids: np.ndarray) -> np.ndarray:
    """The row ids of visible rows by their keys."""
    snapshot = connection.session.snapshot()
    if as_of:
        snapshot = connection.database.store.snapshot(int(as_of.split()[-1]))
    keys, found = [], []
    for segment in snapshot.segments(snapshot.table("t").table_id):
        visible = segment.visible(snapshot.version)
        offsets = np.arange(segment.rows) if visible is None else np.flatnonzero(visible)
        keys.append(segment.column(0).data[offsets])
        found.append(segment.row_ids(offsets))
    keys_, found_ = np.concatenate(keys), np.concatenate(found)
    order = keys_.argsort()
    assert len(keys_) == len(ids)
    at = order[np.searchsorted(keys_, ids, sorter=order)]
    assert (keys_[at] == ids).all()
    return found_[at]


def test_tables_are_what_the_test_is_about(made):
    for name, (connection, _, _) in made.items():
        kinds = {row[0] for row in connection.execute("SELECT state FROM vql_segments").fetchall()}
        assert kinds == {"sealed", "growing"}, name
        named = connection.execute("SELECT amname FROM pg_class JOIN pg_am ON pg_am.oid = relam").fetchall()
        assert {row[0] for row in named} >= {method for method, _ in TABLES[name]}
        methods = {row[0] for row in connection.execute("SELECT method FROM vql_indexes").fetchall()}
        assert methods == {"btree", *(method for method, _ in TABLES[name])}


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    name=st.sampled_from(sorted(TABLES)), indexed=st.booleans(), metric=st.sampled_from(sorted(OPERATORS)),
    where=st.sampled_from(sorted(FILTERS)), moment=st.integers(0, 2),
    k=st.one_of(st.integers(0, 30), st.integers(30, 3_000)),
    offset=st.sampled_from([0, 0, 0, 1, 7, 400, 5_000]),
    recall=st.sampled_from([0.5, 0.95, 1]), effort=st.sampled_from([0, 0, 1, 6]), seqscan=st.booleans(),
    seed=st.integers(0, 2**32 - 1), kind=st.sampled_from(["row", "near", "apart", "zero"]),
    then_by=st.sampled_from(["", "", "", ", id DESC"]),
)  # fmt: skip
def test_an_answer_is_exact_in_all_but_recall(
    made, name, indexed, metric, where, moment, k, offset, recall, effort, seqscan, seed, kind, then_by
):
    if indexed and TABLES[name]:
        metric = TABLES[name][0][1]
    connection, writer, moments = made[name]
    as_of, rows = list(moments.items())[moment]
    if as_of == "own":
        connection, as_of = writer, ""
    generator = np.random.default_rng(seed)
    query = {
        "row": rows.v[seed % len(rows.v)], "near": generator.integers(-24, 25, DIM) / 8,
        "apart": generator.integers(-4, 5, DIM) * 8.0, "zero": np.zeros(DIM),
    }[kind]  # fmt: skip
    connection.execute(f"SET vql.recall = {recall}")
    connection.execute(f"SET vql.effort = {effort}")
    connection.execute(f"SET enable_seqscan = {'on' if seqscan else 'off'}")
    asked = f"v {OPERATORS[metric]} $1"
    condition = f"WHERE {where}" if where else ""
    sql = f"SELECT id, {asked} FROM t {condition} ORDER BY {asked}{then_by} LIMIT {k} OFFSET {offset} {as_of}"
    found = connection.execute(sql, [query.astype("f4")]).fetchall()

    passing = rows.where(FILTERS[where](rows))
    true = distances(passing, query, metric)
    classes = np.where(~passing.valid, 2, np.isnan(true))  # NULL after NaN after numbers
    order_of_rows = -passing.id if then_by else row_ids(connection, as_of, rows.id)[FILTERS[where](rows)]
    expected = np.lexsort((order_of_rows, true, classes))
    if not seqscan:
        directed = passing.valid & ((metric != "cosine" or not query.any()) | passing.v.any(1))
        expected = expected[directed[expected]]
    assert len(found) == max(0, min(k, len(expected) - offset))
    place = {key: at for at, key in enumerate(passing.id.tolist())}
    assert len({key for key, _ in found}) == len(found)
    at = np.array([place[key] for key, _ in found], int)  # every row found passes
    assert all((d is None) == (classes[i] == 2) for i, (_, d) in zip(at, found, strict=True))
    given_ = np.array([np.nan if d is None else d for _, d in found])
    np.testing.assert_array_equal(given_, true[at])
    ranks = list(zip(classes[at], np.nan_to_num(true[at]), order_of_rows[at], strict=True))
    if offset:  # a row the index has missed may follow its equals, behind the first page
        ranks = [rank[:2] for rank in ranks]
    assert ranks == sorted(ranks)
    if (recall == 1 and not effort) or all(metric != other for _, other in TABLES[name]):
        assert passing.id[expected[offset : offset + k]].tolist() == [key for key, _ in found]
