"""The database against a dict: random statements, transactions, maintenance and time travel.

Hypothesis drives both and shrinks what differs. Limits are lowered so that segments are sealed and
merged and indexes built within a few dozen rows.
"""

from __future__ import annotations

import os
import shutil
import tempfile

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from reference import OPERATORS, PREDICATES, Row, Transaction, distance, passing, rank

import vql
from vql.session.database import check
from vql.storage.transactions import transaction
from vql.storage.upkeep import build as upkeep_build
from vql.storage.upkeep import seal

DIM = 3
BULK_ROWS_MIN, DELTA_ROWS_MAX, INDEX_ROWS_MIN = 25, 40, 40

numbers = st.one_of(st.none(), st.integers(0, 9))
words = st.sampled_from([None, "x", "y", "z", "zz", "é", ""])
vectors = st.one_of(st.none(), st.tuples(*[st.integers(-3, 3)] * DIM))
cells = st.builds(Row, numbers, words, vectors)
keys = st.integers(0, 40)
predicates = st.sampled_from(sorted(PREDICATES))
moments = st.one_of(st.none(), st.none(), st.floats(0, 1))
metrics = st.sampled_from(sorted(OPERATORS))


class Machine(RuleBasedStateMachine):
    """One database, one connection with maybe an open transaction, and another that commits."""

    @initialize()
    def make(self):
        self.saved = (
            transaction.BULK_ROWS_MIN, seal.DELTA_ROWS_MAX, upkeep_build.INDEX_ROWS_MIN,
        )  # fmt: skip
        transaction.BULK_ROWS_MIN = BULK_ROWS_MIN
        seal.DELTA_ROWS_MAX = DELTA_ROWS_MAX
        upkeep_build.INDEX_ROWS_MIN = INDEX_ROWS_MIN
        self.folder = tempfile.mkdtemp()
        self.connection = vql.connect(self.folder + "/db")
        self.run(f"CREATE TABLE t (id bigint PRIMARY KEY, a int, s text, v vector({DIM}))")
        self.rows = {}
        self.open = None
        self.savepoints = []
        self.past = {}
        self.indexed = set()
        self.next_bulk = 1000
        self.remember()

    def teardown(self):
        if not hasattr(self, "connection"):
            return
        self.connection.close()
        problems = check(self.folder + "/db")
        shutil.rmtree(self.folder)
        transaction.BULK_ROWS_MIN, seal.DELTA_ROWS_MAX, upkeep_build.INDEX_ROWS_MIN = self.saved
        assert problems == []

    # -------------------------------------------------------------- what both do

    def run(self, sql, parameters=()):
        return self.connection.execute(sql, parameters)

    @property
    def seen(self):
        """The rows the connection sees."""
        return self.rows if self.open is None else self.open.view()

    def remember(self):
        version = self.connection.database.store.version()
        self.past[version] = dict(self.rows)

    def change(self, of):
        """Apply a change of a transaction, to the open one or to one that commits at once."""
        if self.open is not None:
            self.open = of(self.open)
        else:
            self.rows = of(Transaction(self.rows)).view()
            self.remember()

    def moment(self, share):
        """Return (AS OF clause, rows) of a past version, or of what is seen."""
        if share is None:
            return "", self.seen
        versions = sorted(self.past)
        version = versions[min(len(versions) - 1, int(share * len(versions)))]
        return f" AS OF VERSION {version}", self.past[version]

    # -------------------------------------------------------------- changes

    @rule(rows=st.dictionaries(keys, cells, min_size=1, max_size=6))
    def insert(self, rows):
        clash = rows.keys() & self.seen.keys()
        given = [cell for i, row in rows.items() for cell in (i, *row[:2], listed(row.v))]
        sql = "INSERT INTO t (id, a, s, v) VALUES " + ", ".join(["(?, ?, ?, ?)"] * len(rows))
        if clash:
            self.refused(lambda: self.run(sql, given), vql.IntegrityError, "23505")
            return
        assert self.run(sql, given).rowcount == len(rows)
        self.change(lambda t: t.insert(rows))

    @rule(rows=st.lists(cells, min_size=5, max_size=60))
    def insert_columns(self, rows):
        made = dict(enumerate(rows, self.next_bulk))
        self.next_bulk += len(rows)
        columns = {
            "id": np.array(list(made)), "a": [row.a for row in rows], "s": [row.s for row in rows],
            "v": [None if row.v is None else np.array(row.v, "f4") for row in rows],
        }  # fmt: skip
        assert self.connection.insert("t", columns) == len(rows)
        self.change(lambda t: t.insert(made))

    @rule(predicate=predicates, a=numbers, v=vectors)
    def update(self, predicate, a, v):
        hit = passing(self.seen, predicate)
        assert self.run(f"UPDATE t SET a = ?, v = ? WHERE {predicate}", [a, listed(v)]).rowcount == len(hit)
        if hit:
            self.change(lambda t: t.update({i: Row(a, row.s, v) for i, row in hit.items()}))

    def refused(self, work, kind, sqlstate):
        """Run what must fail; inside a transaction everything is refused until a savepoint."""
        if self.open is not None:
            self.run("SAVEPOINT before")
        with pytest.raises(kind) as caught:
            work()
        assert caught.value.sqlstate == sqlstate
        if self.open is not None:
            with pytest.raises(vql.InternalError) as caught:
                self.run("SELECT 1")
            assert caught.value.sqlstate == "25P02"
            self.run("ROLLBACK TO SAVEPOINT before")

    @rule(key=keys, other=keys)
    def update_key(self, key, other):
        hit = key in self.seen
        if other in self.seen and hit and other != key:
            sql = "UPDATE t SET id = ? WHERE id = ?"
            self.refused(lambda: self.run(sql, [other, key]), vql.IntegrityError, "23505")
            return
        assert self.run("UPDATE t SET id = ? WHERE id = ?", [other, key]).rowcount == hit
        if hit:
            row = self.seen[key]
            self.change(lambda t: t.end([key]).insert({other: row}))

    @rule(key=keys, row=cells)
    def upsert(self, key, row):
        self.run(
            "INSERT INTO t (id, a, s, v) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET a = EXCLUDED.a",
            [key, *row[:2], listed(row.v)],
        )
        there = self.seen.get(key)
        made = row if there is None else Row(row.a, there.s, there.v)
        self.change(lambda t: t.update({key: made}))

    @rule(predicate=st.sampled_from(sorted(PREDICATES.keys() - {"true", "s IS NOT NULL"})))
    def delete(self, predicate):
        hit = passing(self.seen, predicate)
        assert self.run(f"DELETE FROM t WHERE {predicate}").rowcount == len(hit)
        if hit:
            self.change(lambda t: t.end(hit.keys()))

    # -------------------------------------------------------------- transactions

    @precondition(lambda self: self.open is None)
    @rule()
    def begin(self):
        self.connection.begin()
        self.open = Transaction(dict(self.rows))
        self.savepoints = []

    @precondition(lambda self: self.open is not None)
    @rule()
    def commit(self):
        ended, own, self.open = self.open.ended, self.open.own, None
        self.connection.commit()
        self.rows = {i: row for i, row in self.rows.items() if i not in ended} | own
        self.remember()

    @precondition(lambda self: self.open is not None)
    @rule()
    def rollback(self):
        self.connection.rollback()
        self.open = None

    @precondition(lambda self: self.open is not None)
    @rule()
    def savepoint(self):
        self.run(f"SAVEPOINT s{len(self.savepoints)}")
        self.savepoints.append(self.open)

    @precondition(lambda self: self.open is not None and self.savepoints)
    @rule(data=st.data(), failed=st.booleans())
    def rollback_to_savepoint(self, data, failed):
        if failed:
            with pytest.raises(vql.ProgrammingError):
                self.run("SELECT nope FROM t")
        place = data.draw(st.integers(0, len(self.savepoints) - 1))
        self.run(f"ROLLBACK TO SAVEPOINT s{place}")
        self.open = self.savepoints[place]
        del self.savepoints[place + 1 :]

    @rule(key=keys, row=cells)
    def another_changes(self, key, row):
        """Another connection commits, also while our transaction is open: that sees it, as it is READ
        COMMITTED, but for rows and keys that it has locked."""
        rows = dict(self.rows)
        with vql.connect(self.folder + "/db") as other:
            other.execute("SET lock_timeout = '5ms'")
            try:
                if rows.pop(key, None) is not None:
                    other.execute("DELETE FROM t WHERE id = ?", [key])
                else:
                    rows[key] = row = Row(*row)
                    given = [key, *row[:2], listed(row.v)]
                    other.execute("INSERT INTO t (id, a, s, v) VALUES (?, ?, ?, ?)", given)
            except vql.OperationalError as error:
                assert self.open is not None and error.sqlstate == "55P03"
                return
        self.rows = rows
        if self.open is not None:
            self.open = self.open.on(rows)
            self.savepoints = [each.on(rows) for each in self.savepoints]
        self.remember()

    # -------------------------------------------------------------- the store at work

    @precondition(lambda self: self.open is None)
    @rule()
    def vacuum(self):
        self.run("VACUUM t")

    @precondition(lambda self: self.open is None)
    @rule()
    def reopen(self):
        self.connection.close()
        self.connection = vql.connect(self.folder + "/db")

    @precondition(lambda self: self.open is None)
    @rule(metric=metrics, method=st.sampled_from(["hnsw", "flat"]))
    def index(self, metric, method):
        if metric in self.indexed:
            self.run(f"DROP INDEX t_{metric}")
            self.indexed.remove(metric)
        else:
            self.run(
                f"CREATE INDEX t_{metric} ON t USING {method} (v) WITH (metric = '{metric}')"
                if method == "flat"
                else f"CREATE INDEX t_{metric} ON t USING hnsw (v vector_{OPCLASSES[metric]}_ops)"
            )
            self.indexed.add(metric)
        self.remember()

    # -------------------------------------------------------------- questions

    @rule(predicate=predicates, moment=moments)
    def scan(self, predicate, moment):
        as_of, rows = self.moment(moment)
        found = self.run(f"SELECT id, a, s, v FROM t WHERE {predicate}{as_of}").fetchall()
        assert {row[0]: shaped(row[1:]) for row in found} == passing(rows, predicate)
        assert len(found) == len(passing(rows, predicate))

    @rule(key=keys, moment=moments)
    def by_key(self, key, moment):
        as_of, rows = self.moment(moment)
        found = self.run(f"SELECT a, s, v FROM t WHERE id = ?{as_of}", [key]).fetchall()
        assert [shaped(row) for row in found] == ([rows[key]] if key in rows else [])

    @rule(
        metric=metrics, query=st.tuples(*[st.integers(-3, 3)] * DIM), k=st.integers(0, 70),
        skip=st.sampled_from([0, 0, 0, 2]), predicate=predicates, moment=moments, exact=st.booleans(),
    )  # fmt: skip
    def nearest(self, metric, query, k, skip, predicate, moment, exact):
        as_of, rows = self.moment(moment)
        self.run(f"SET vql.recall = {1 if exact else 0.95}")
        asked = f"v {OPERATORS[metric]} $1"
        sql = f"SELECT id, {asked} FROM t WHERE {predicate} ORDER BY {asked} LIMIT {k} OFFSET {skip}{as_of}"
        found = self.run(sql, [list(query)]).fetchall()
        order = self.row_order(as_of)
        expected = sorted(
            (rank(distance(metric, row.v, query), order[i]), i) for i, row in passing(rows, predicate).items()
        )
        assert len(found) == max(0, min(k + skip, len(expected)) - skip)
        ranks = [rank(d, order[i]) for i, d in found]
        assert ranks == sorted(ranks)
        by_id = {i: key for key, i in expected}
        assert [by_id[i] for i, _ in found] == ranks  # they pass, and their distances are right
        if exact or metric not in self.indexed:
            assert [i for i, _ in found] == [i for _, i in expected[skip : skip + k]]

    def row_order(self, as_of):
        """Row ids by key: the order in which rows came, which orders equal distances."""
        snapshot = self.connection.session.snapshot()
        if as_of:
            snapshot = self.connection.database.store.snapshot(int(as_of.split()[-1]))
        found = {}
        for segment in snapshot.segments(snapshot.table("t").table_id):
            visible = segment.visible(snapshot.version)
            offsets = np.arange(segment.rows) if visible is None else np.flatnonzero(visible)
            ids = segment.column(0).data[offsets].tolist()
            found.update(zip(ids, segment.row_ids(offsets).tolist(), strict=True))
        return found

    @invariant()
    def counts(self):
        if hasattr(self, "rows"):
            assert self.run("SELECT count(*) FROM t").fetchall() == [(len(self.seen),)]


OPCLASSES = {"l2": "l2", "inner_product": "ip", "cosine": "cosine", "l1": "l1"}


def listed(vector):
    return None if vector is None else list(vector)


def shaped(row):
    """A database row as a row of the model."""
    a, s, v = row
    return Row(a, s, None if v is None else tuple(int(x) for x in v))


TestModel = Machine.TestCase
# MODEL_EXAMPLES=1000 searches longer and elsewhere each time.
EXAMPLES = int(os.environ.get("MODEL_EXAMPLES", "0"))
TestModel.settings = settings(
    max_examples=EXAMPLES or 25, stateful_step_count=60 if EXAMPLES else 30, deadline=None,
    derandomize=not EXAMPLES, suppress_health_check=list(HealthCheck), print_blob=True,
)  # fmt: skip
