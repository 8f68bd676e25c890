"""VQL against itself: a query has one answer by every path, now, and as of each version there was.

The paths: text, binary, prepared, in a transaction, AS OF the version of now, inside a derived table, a
common table and a LATERAL one (so natively and in DuckDB), over tables that have indexes, and embedded in
this process over the same files. Over time: answers kept while a table changed at random are asked for again,
AS OF their versions, wherever a query can stand.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import datasets
from datasets import Table
from operations import Catalog
from random_statements import Statements
from sides import REFUSALS, Answer, Side, compared, kind_of

from vql.errors import Error
from vql.session.database import Database
from vql.session.session import Session
from vql.types.type import Type, type_of_oid

HISTORY = Table("history", {"id": "int4", "k": "int4", "t": "text", "f": "float8", "v": "vector"})
INDEXED = "tame_indexed"
CHANGES = 40
# Where a query can stand; {0} is the query, which ends with AS OF.
PLACES = {
    "top": "{0}",
    "common table": "WITH x AS ({0}) SELECT * FROM x",
    "materialized": "WITH x AS MATERIALIZED ({0}) SELECT * FROM x",
    "derived": "SELECT * FROM ({0}) AS x",
    "lateral": "SELECT x.* FROM (SELECT 1 AS one) AS y, LATERAL ({0}) AS x",
    "branch": "({0}) UNION ALL SELECT * FROM ({0}) AS y WHERE false",
}  # fmt: skip


@dataclass
class Disagreements:
    """What was found, a statement of each kind and path."""

    asked: int = 0
    found: dict[str, str] = field(default_factory=dict)

    def note(self, path: str, sql: str, right: Answer, ours: Answer) -> None:
        """Keep a disagreement, the shortest of its kind."""
        key = f"{path}: {kind_of(sql)}"
        text = f"## {path}\n{sql}\n    plainly  {right.shown(ours)}\n    this way {ours.shown(right)}"
        if len(text) < len(self.found.get(key, text + " ")):
            self.found[key] = text

    def compare(self, path: str, sql: str, right: Answer, ours: Answer, is_ordered: bool) -> None:
        """Compare two answers; what is refused one way alone is no disagreement."""
        self.asked += 1
        if ours.state in REFUSALS or right.state in REFUSALS:
            return
        if "22" in (ours.state[:2], right.state[:2]):
            return  # whether what fails is computed, and which of it first, a statement does not say
        plain = Answer(right.names, right.types, right.rows, state=right.state)
        other = Answer(right.names, ours.types, ours.rows, state=ours.state)
        if compared(plain, other, is_ordered) is not None:
            self.note(path, sql, right, ours)


def paths(
    side: Side, folder: Path, catalog: Catalog, types: Sequence[str], tables: Sequence[Table], seed: int,
    count: int,
) -> Disagreements:  # fmt: skip
    """Run random queries by every path."""
    found = Disagreements()
    for setting in ("TimeZone", "DateStyle", "IntervalStyle"):  # binary forms have none
        side.run(f"RESET {setting}")
    maker = Statements(seed, catalog, types, tables)
    _index(side)
    database = Database.open(folder)
    session = Session(database, style="wire")
    try:
        for number in range(count):
            case = maker.case(number)
            if case.changes:
                continue
            right = side.run(case.sql)
            for path, answer in _answers(side, session, case.sql):
                found.compare(path, case.sql, right, answer, case.is_ordered)
    finally:
        session.close()
        database.close()
    return found


def _answers(side: Side, session: Session, sql: str) -> Iterator[tuple[str, Answer]]:
    yield "again", side.run(sql)
    yield "binary", _binary(side, sql)
    yield from _prepared(side, sql)
    side.run("BEGIN")
    yield "in a transaction", side.run(sql)
    side.run("ROLLBACK")
    version = side.run("SELECT vql_version()").rows[0][0]
    yield "AS OF VERSION of now", side.run(f"{sql} AS OF VERSION {version}")
    for place in ("materialized", "derived", "lateral"):
        yield place, side.run(PLACES[place].format(sql))
    yield "with indexes", side.run(sql.replace("tame AS", f"{INDEXED} AS"))
    yield "embedded", _embedded(session, sql)


def _prepared(side: Side, sql: str) -> Iterator[tuple[str, Answer]]:
    connection = side.connection.pgconn
    connection.send_prepare(b"once", sql.encode())
    made = side.receive()
    if made.state:
        yield "prepared", made
        return
    for path in ("prepared", "prepared again"):
        connection.send_query_prepared(b"once", [])
        yield path, side.receive()
    side.run("DEALLOCATE once")


def _binary(side: Side, sql: str) -> Answer:
    """Return an answer in binary form, written as text by the types that read it."""
    side.connection.pgconn.send_query_params(sql.encode(), [], result_format=1)
    return side.receive(lambda oid, data: _text(oid, data))


def _text(oid: int, data: bytes) -> str:
    kind = type_of_oid(oid)
    return kind.to_text(kind.base.from_binary(data, None))


def _embedded(session: Session, sql: str) -> Answer:
    try:
        result = session.run(sql)
    except Error as error:
        return Answer(state=error.sqlstate, message=error.message)
    assert result.columns is not None
    kinds = [column.type for column in result.columns]
    rows = tuple(
        tuple(
            None if v is None else v if isinstance(v, str) else k.to_text(v)
            for k, v in zip(kinds, row, strict=True)
        )
        for row in result.rows
    )
    return Answer(tuple(c.name for c in result.columns), tuple(k.base.short_name for k in kinds), rows)


def _shown(kind: Type, value: object) -> str | None:
    return value if value is None or isinstance(value, str) else kind.to_text(value)


def _index(side: Side) -> None:
    """Make the table of ordinary values again, with every index there is."""
    side.run(f"CREATE TABLE {INDEXED} AS SELECT * FROM tame")
    for name in datasets.TAME:
        side.run(f"CREATE INDEX ON {INDEXED} (c_{name})")
    side.run(f"CREATE INDEX ON {INDEXED} USING hnsw (c_vector vector_l2_ops)")


def history(side: Side, catalog: Catalog, seed: int, queries: int) -> Disagreements:
    """Change a table at random, keep answers, and ask for all of them again AS OF their versions."""
    found, rng = Disagreements(), random.Random(seed)
    side.run("DROP TABLE IF EXISTS history")
    side.run("CREATE TABLE history (id int PRIMARY KEY, k int, t text, f float8, v vector(3))")
    kinds = list(dict.fromkeys(HISTORY.columns.values()))
    maker = Statements(seed, catalog, kinds, [HISTORY])
    asked = [case for case in map(maker.case, range(queries)) if not case.changes and "history" in case.sql]
    kept: list[tuple[str, list[Answer]]] = []
    for _ in range(CHANGES):
        answer = side.run(_change(rng))
        assert not answer.state, answer
        version = side.run("SELECT vql_version()").rows[0][0]
        assert version is not None
        kept.append((version, [side.run(case.sql) for case in asked]))
    for version, answers in kept:
        for case, right in zip(asked, answers, strict=True):
            sql = f"{case.sql} AS OF VERSION {version}"
            for place, ours in _places(side, sql):
                found.compare(f"AS OF, {place}", sql, right, ours, case.is_ordered and place == "top")
            _counted(side, found, sql, right)
    return found


def _places(side: Side, sql: str) -> Iterator[tuple[str, Answer]]:
    for place, text in PLACES.items():
        yield place, side.run(text.format(sql))
    side.run("BEGIN")
    made = side.run(f"CREATE TABLE copied AS {sql}")
    yield "CREATE TABLE AS", side.run("SELECT * FROM copied") if not made.state else made
    side.run("ROLLBACK")


def _counted(side: Side, found: Disagreements, sql: str, right: Answer) -> None:
    """Compare what tells of a query no more than whether, or how many rows it has."""
    if right.state:
        return
    for place, text, value in (
        ("EXISTS", "SELECT EXISTS ({0})", "t" if right.rows else "f"),
        ("scalar", "SELECT (SELECT count(*) FROM ({0}) AS x)", str(len(right.rows))),
        ("condition", "SELECT count(*) FROM history WHERE EXISTS ({0}) AND false", "0"),
    ):
        answer = side.run(text.format(sql))
        expected = Answer(answer.names, answer.types, ((value,),))
        found.compare(f"AS OF, {place}", text.format(sql), expected, answer, False)


def _change(rng: random.Random) -> str:
    key = rng.randrange(60)
    match rng.randrange(4):
        case 0:
            return f"DELETE FROM history WHERE id % 7 = {key % 7} AND k < {rng.randrange(10)}"
        case 1:
            return f"UPDATE history SET k = k + 1, f = f * 2, t = t || 'x' WHERE id % 3 = {key % 3}"
        case _:
            rows = [
                f"({key + 60 * n}, {rng.randrange(10)}, '{rng.choice('abc')}', {rng.randrange(40) / 8},"
                f" '[{n},{key % 5},{rng.randrange(3)}]')"
                for n in range(rng.randrange(1, 6))
            ]
            return (
                f"INSERT INTO history VALUES {', '.join(rows)} ON CONFLICT (id) DO UPDATE SET k = excluded.k"
            )
