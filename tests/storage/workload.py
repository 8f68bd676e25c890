"""A process that changes a database at random and tells what it does, so that it can be killed.

Before each commit it sends ("intent", changes), after it ("done", version). `Model` is what must be
there: the changes of every commit that was acknowledged, and all or none of the one that was not.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

import vql
from vql.storage.files import commit_log, failpoint
from vql.storage.transactions import transaction
from vql.storage.upkeep import build as upkeep_build
from vql.storage.upkeep import seal

# Small enough that segments are sealed and merged and indexes built every few commits.
BULK_ROWS_MIN = 60
DELTA_ROWS_MAX = 120
INDEX_ROWS_MIN = 200
RECORDS_COUNT = 25
Row = tuple[str | None, tuple[float, ...] | None]


def lower_limits():
    """Make this process seal, merge and index at a few hundred rows, a checkpoint every few commits."""
    commit_log.RECORDS_COUNT = RECORDS_COUNT
    transaction.BULK_ROWS_MIN = BULK_ROWS_MIN
    seal.DELTA_ROWS_MAX = DELTA_ROWS_MAX
    upkeep_build.INDEX_ROWS_MIN = INDEX_ROWS_MIN


@dataclass
class Model:
    """Rows by id now, and as of each acknowledged version."""

    rows: dict[int, Row] = field(default_factory=dict)
    past: dict[int, dict[int, Row]] = field(default_factory=dict)

    def after(self, changes):
        """Return the rows after changes."""
        made = dict(self.rows)
        for kind, *rest in changes:
            match kind:
                case "insert" | "bulk":
                    made.update(rest[0])
                case "update":
                    low, high, brand = rest
                    made.update({i: (brand, made[i][1]) for i in made if low <= i < high})
                case "delete":
                    low, high = rest
                    made = {i: row for i, row in made.items() if not low <= i < high}
        return made


def random_change(generator, rows, counter):
    """Return one change: (kind, ...)."""

    def fresh(count):
        made = {}
        for _ in range(count):
            counter[0] += 1
            brand = generator.choice([None, "x", "y", f"b{counter[0] % 11}"])
            vector = tuple(float(generator.randint(-9, 9)) for _ in range(4))
            made[counter[0]] = (brand, None if generator.random() < 0.1 else vector)
        return made

    kind = generator.choice(["insert"] * 5 + ["bulk"] * 2 + ["update"] * 3 + ["delete"] * 2)
    if kind == "insert":
        return (kind, fresh(generator.randint(1, 30)))
    if kind == "bulk":
        return (kind, fresh(generator.randint(BULK_ROWS_MIN, 3 * BULK_ROWS_MIN)))
    low = generator.choice(list(rows)) if rows else 0
    high = low + generator.randint(1, 40)
    return (kind, low, high, generator.choice(["u", "w"])) if kind == "update" else (kind, low, high)


def run_change(connection, change):
    """Run one change as SQL or as a bulk insert."""
    kind, *rest = change
    match kind:
        case "insert":
            cells = ((i, brand, None if v is None else list(v)) for i, (brand, v) in rest[0].items())
            given = [cell for row in cells for cell in row]
            marks = ", ".join("(?, ?, ?)" for _ in rest[0])
            connection.execute(f"INSERT INTO t VALUES {marks}", given)
        case "bulk":
            vectors = [None if v is None else np.array(v, "f4") for _, v in rest[0].values()]
            brands = [brand for brand, _ in rest[0].values()]
            connection.insert("t", {"id": list(rest[0]), "brand": brands, "v": vectors})
        case "update":
            low, high, brand = rest
            connection.execute("UPDATE t SET brand = ? WHERE id >= ? AND id < ?", [brand, low, high])
        case "delete":
            connection.execute("DELETE FROM t WHERE id >= ? AND id < ?", rest)


def work(path, seed, pipe, armed="", model=None, steps=10**9):
    """Open the database and change it until killed; the child's main function."""
    lower_limits()
    failpoint.ARMED.arm(armed)
    generator = random.Random(seed)
    model = model or Model()
    counter = [max(model.rows, default=0)]
    with vql.connect(path) as connection:
        if connection.database.store.snapshot().table("t") is None:
            connection.execute("CREATE TABLE t (id bigint PRIMARY KEY, brand text, v vector(4))")
        pipe.send(("ready", 0))
        for _ in range(steps):
            odds = generator.random()
            if odds < 0.12:
                maintain(connection, generator)
                continue
            together = generator.randint(2, 4) if odds > 0.8 else 1
            changes = [random_change(generator, model.rows, counter) for _ in range(together)]
            pipe.send(("intent", changes))
            if together > 1:
                connection.begin()
            for change in changes:
                run_change(connection, change)
            connection.commit()
            model.rows = model.after(changes)
            pipe.send(("done", connection.database.store.version()))
    pipe.send(("end", 0))


def maintain(connection, generator):
    """VACUUM, or make or drop the index."""
    match generator.randint(0, 3):
        case 0:
            connection.execute("CREATE INDEX IF NOT EXISTS t_v ON t USING hnsw (v vector_l2_ops)")
        case 1:
            connection.execute("DROP INDEX IF EXISTS t_v")
        case _:
            connection.execute("VACUUM t")


def stored(path, moments):
    """Return the rows now and as of each of `moments`, read through SQL."""
    found = {}
    with vql.connect(path) as connection:
        if connection.database.store.snapshot().table("t") is None:
            return {None: {}}
        for version in (None, *moments):
            as_of = "" if version is None else f" AS OF VERSION {version}"
            cursor = connection.execute(f"SELECT id, brand, v FROM t{as_of}")
            found[version] = {
                row[0]: (row[1], None if row[2] is None else tuple(row[2].tolist())) for row in cursor
            }
            assert len(found[version]) == cursor.rowcount
    return found


def nearest(path: Path, query, k):
    """Return the k nearest (distance, id), through SQL."""
    with vql.connect(path) as connection:
        sql = "SELECT v <-> $1, id FROM t ORDER BY v <-> $1 LIMIT $2"
        return connection.execute(sql, [query, k]).fetchall()
