"""Two servers asked the same: what each answers as libpq's text, and how the answers differ."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import datasets
import judge
import psycopg
from datasets import Table
from psycopg import pq
from server_process import Server

from vql.types.type import SCALARS

TIMEOUT = "SET statement_timeout = '20s'"
SETTINGS = ("SET TimeZone = 'UTC'", TIMEOUT)
CONSTANT = re.compile(r"'((?:[^']|'')*)'")
# What VQL says where it has not got something.
REFUSALS = ("0A000", "42883", "42601", "42704", "42846")
OF_VECTORS = re.compile(r"vector|halfvec|sparsevec|<[-=#+]>")
# What adds floats up in an order that nothing says, and what gives one of values that are equal.
OF_ORDER = re.compile(r"\b(avg|sum|var|stddev|covar|corr|regr)\w*\(|GROUP BY|UNION|INTERSECT|EXCEPT|DISTINCT")
QUOTED = r'"[^"]*"'
# What statements leave unsaid: which of several errors is met, whether what no row needs is computed,
# the order that single precision is added up in.
UNSAID = ("state", "evaluation", "digits")
IGNORED = ("42725", "57014", "53200", "54000", "54001", "42P22")
FIRST_OID_MADE = 16384


@dataclass(frozen=True)
class Answer:
    """Rows with their columns, or a tag, or an error."""

    names: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    rows: tuple[tuple[str | None, ...], ...] = ()
    tag: str = ""
    state: str = ""
    message: str = ""
    position: str = ""

    def shown(self, other: Answer) -> str:
        """Return what is to be seen of it beside another: of rows, those that the other has not."""
        if self.state:
            place = f" at {self.position}" if self.position else ""
            return f"ERROR {self.state}: {self.message}{place}"
        columns = ", ".join(f"{name} {kind}" for name, kind in zip(self.names, self.types, strict=True))
        missing = Counter(other.rows)
        own = [row for row in self.rows if (missing.subtract([row]), missing[row])[1] < 0] or list(self.rows)
        rows = ["(" + ", ".join("NULL" if c is None else repr(c) for c in row) + ")" for row in own[:4]]
        more = f" ... of {len(self.rows)} rows" if len(self.rows) > len(rows) else ""
        return f"{self.tag} [{columns}] {' '.join(rows)}{more}"[:600]


@dataclass(frozen=True)
class Difference:
    """How two answers differ; a refusal is honest, the other kinds are wrong answers."""

    kind: str  # refused, state, digits, evaluation, error, answered, rows, order, types, names, tag
    right: Answer
    ours: Answer

    def __str__(self) -> str:
        right, ours = self.right.shown(self.ours), self.ours.shown(self.right)
        return f"    PostgreSQL {right}\n    VQL        {ours}"

    def cause(self) -> str:
        """Return what differences of one cause have in common, as far as the answers tell."""
        if self.ours.state:
            return f"{self.kind} {kind_of(re.sub(QUOTED, '?', self.ours.message))}"
        pairs = {
            "types": (self.right.types, self.ours.types),
            "names": (self.right.names, self.ours.names),
        }
        for right, ours in zip(*pairs.get(self.kind, ((), ())), strict=False):
            if right != ours:
                return f"{self.kind} {right} {ours}"
        return ""

    @property
    def is_wrong(self) -> bool:
        return self.kind not in ("refused", *UNSAID)


class Side:
    """One server, reached by libpq."""

    def __init__(self, connection: psycopg.Connection[Any], names: dict[int, str]) -> None:
        self.connection = connection
        self._names = names

    def send(self, sql: str, parameters: Sequence[str | None] | None = None) -> None:
        """Start a statement."""
        if parameters is None:
            self.connection.pgconn.send_query(sql.encode())
        else:
            values = [None if value is None else value.encode() for value in parameters]
            self.connection.pgconn.send_query_params(sql.encode(), values)

    def receive(self, read: Callable[[int, bytes], str] | None = None) -> Answer:
        """Return the answer of what was started; `read` makes texts of binary values of a type."""
        first = None
        while (result := self.connection.pgconn.get_result()) is not None:
            first = first or result
        assert first is not None
        return self._answer(first, read or (lambda oid, data: _text(data)))

    def _type_name(self, oid: int) -> str:
        """Return the name of a type; those that CREATE TYPE made have OIDs of their own on either side."""
        return self._names.get(oid, "made" if oid >= FIRST_OID_MADE else str(oid))

    def run(self, sql: str) -> Answer:
        """Return the answer to a statement."""
        self.send(sql)
        return self.receive()

    def _answer(self, result: pq.abc.PGresult, read: Callable[[int, bytes], str]) -> Answer:
        if result.status == pq.ExecStatus.TUPLES_OK:
            columns = range(result.nfields)
            rows = tuple(
                tuple(
                    None if (v := result.get_value(r, c)) is None else read(result.ftype(c), v)
                    for c in columns
                )
                for r in range(result.ntuples)
            )
            return Answer(
                tuple((result.fname(c) or b"").decode() for c in columns),
                tuple(self._type_name(result.ftype(c)) for c in columns),
                rows,
                (result.command_status or b"").decode(),
            )
        if result.status == pq.ExecStatus.COMMAND_OK:
            return Answer(tag=(result.command_status or b"").decode())

        def field(which: pq.DiagnosticField) -> str:
            return _text(result.error_field(which) or b"")

        fields = pq.DiagnosticField
        return Answer(
            state=field(fields.SQLSTATE) or "08006", message=field(fields.MESSAGE_PRIMARY),
            position=field(fields.STATEMENT_POSITION),
        )  # fmt: skip


def _text(data: bytes) -> str:
    return data.decode("utf8", "replace")


@dataclass
class Sides:
    """PostgreSQL and VQL with the same tables, and what of our types a column may have."""

    postgres: Side
    ours: Side
    tables: list[Table]
    types: list[str]
    folder: Path  # of our database

    def difference(
        self, sql: str, is_ordered: bool = False, changes: str = "", with_position: bool = False,
        parameters: Sequence[str] | None = None,
    ) -> Difference | None:  # fmt: skip
        """Return how the two answer differently, None where they agree. A changed table is looked at behind
        the statement, and the change undone."""
        if not changes:
            return _in_digits(sql, compared(*self._ask(sql, parameters), is_ordered, with_position))
        self._ask("BEGIN")
        try:
            answers = self._ask(sql, parameters)
            found = _in_digits(sql, compared(*answers, is_ordered, with_position))
            if found is None and not answers[0].state:
                found = compared(*self._ask(f"SELECT * FROM {changes} ORDER BY id"), True)
            return found
        finally:
            self._ask("ROLLBACK")

    def _ask(self, sql: str, parameters: Sequence[str | None] | None = None) -> list[Answer]:
        """Return PostgreSQL's answer and ours; the two work at the same time."""
        pair = (self.postgres, self.ours)
        for side in pair:
            side.send(sql, parameters)
        return [side.receive() for side in pair]


def with_parameters(sql: str) -> tuple[str, list[str]]:
    """Return a statement with parameters for its constants, and their texts."""
    found: list[str] = []

    def taken(constant: re.Match[str]) -> str:
        found.append(constant[1].replace("''", "'"))
        return f"${len(found)}"

    return CONSTANT.sub(taken, sql), found


def compared(right: Answer, ours: Answer, is_ordered: bool, with_position: bool = False) -> Difference | None:
    """Return how an answer differs from the right one."""
    if right.state in IGNORED or ours.state in IGNORED:
        return None
    kind = ""
    if right.state and ours.state:
        kind = "" if right.state == ours.state or ours.state in REFUSALS else "state"
        kind = "error" if ours.state in ("XX000", "08006") else kind
        if with_position and not kind and right.position != ours.position:
            kind = "position"
    elif ours.state:
        kind = "refused" if ours.state in REFUSALS else "error"
    elif right.state:
        # A constant that is no value: PostgreSQL computes it before it looks for rows.
        kind = "answered" if ours.rows or right.state[:2] != "22" else "evaluation"
    elif _bag(right.rows) != _bag(ours.rows):
        kind = "rows"
    elif is_ordered and right.rows != ours.rows:
        kind = "order"
    else:
        kind = next(
            (name for name in ("types", "names", "tag") if getattr(right, name) != getattr(ours, name)), ""
        )
    return Difference(kind, right, ours) if kind else None


def _in_digits(sql: str, found: Difference | None) -> Difference | None:
    """Return a difference as one of digits where it is no more: pgvector adds up in single precision, VQL in
    double."""
    if found and found.kind in ("rows", "order"):
        for pattern, tolerance in ((OF_VECTORS, 1e-3), (OF_ORDER, 1e-9)):
            if pattern.search(sql) and _is_near(found, tolerance):
                return replace(found, kind="digits")
    return found


def _is_near(found: Difference, tolerance: float) -> bool:
    """Whether rows differ in the last digits alone."""
    if len(found.right.rows) != len(found.ours.rows):
        return False
    both = found.right.rows, found.ours.rows

    def are_near(rows: Sequence[Sequence[str | None]], others: Sequence[Sequence[str | None]]) -> bool:
        return all(
            right == ours or (right and ours and _are_near(right, ours, tolerance))
            for row, other in zip(rows, others, strict=True)
            for right, ours in zip(row, other, strict=True)
        )

    return are_near(*both) or are_near(*(sorted(rows, key=str) for rows in both))


def _are_near(right: str, ours: str, tolerance: float) -> bool:
    """Whether numbers, or those of vectors, are alike but for the precision that sums are made in; beyond the
    range of the lower one there is an infinity, or nothing."""
    texts = [re.split(r"[\[\]{},]", text) for text in (right, ours)]
    try:
        pairs = [(float(a or 0), float(b or 0)) for a, b in zip(*texts, strict=True)]
    except ValueError:
        return False
    return all(not math.isfinite(a) or math.isclose(a, b, rel_tol=tolerance, abs_tol=1e-6) for a, b in pairs)


def _bag(rows: Sequence[tuple[str | None, ...]]) -> list[tuple[str, ...]]:
    return sorted(tuple("\0" if cell is None else cell for cell in row) for row in rows)


def kind_of(sql: str) -> str:
    """Return a statement without its constants, so that one cause is one kind."""
    text = re.sub(r"'(?:[^']|'')*'", "?", sql)
    text = re.sub(r"\b(s)\d+\b", r"\1", text)
    return re.sub(r"(?<![\w.])-?\d+(\.\d+)?(?![\w])", "?", text)


@contextmanager
def running(folder: Path) -> Iterator[Sides]:
    """Start both servers; they end with the block."""
    server = Server(folder / "vql", workers=1)
    try:
        with judge.running() as uri, judge.connected(uri) as right:
            with psycopg.connect(server.url, autocommit=True) as ours:
                rows = right.execute("SELECT oid, typname FROM pg_type").fetchall()
                names = {int(oid): str(name) for oid, name in rows}
                extensions = [base for base in SCALARS if base.extension]
                mine = {oid: name for oid, name in names.items() if oid < FIRST_OID_MADE}
                mine |= {b.oid: b.short_name for b in extensions if b.oid is not None}
                mine |= {b.array_oid: f"_{b.short_name}" for b in extensions if b.array_oid is not None}
                made = Sides(Side(right, names), Side(ours, mine), [], [], server.path)
                for setting in SETTINGS:
                    for side in (made.postgres, made.ours):
                        answer = side.run(setting)
                        assert not answer.state, answer
                yield made
    finally:
        server.stop()


@contextmanager
def with_tables(folder: Path, large: bool = True) -> Iterator[Sides]:
    """Start both servers and fill them with the tables of random statements."""
    with running(folder) as made:
        for side in (made.postgres, made.ours):
            side.run("SET statement_timeout = 0")
        _fill(made, large)
        for side in (made.postgres, made.ours):
            side.run(TIMEOUT)
        yield made


def _fill(sides: Sides, large: bool) -> None:
    sides.types = [name for name in datasets.TAME if not sides.ours.run(f"SELECT NULL::{name}").state]
    sides.types += [name for name in datasets.ARRAYS if not sides.ours.run(f"SELECT NULL::{name}").state]
    takes = {kind: _takes(sides.ours, kind) for kind in datasets.small()[0].columns.values()}
    for table in datasets.small() + (datasets.large() if large else []):
        kept = {name: kind for name, kind in table.columns.items() if takes[kind]}
        made = Table(table.name, kept, table.is_large)
        rows = [
            [
                cell if table.name in datasets.LARGE or cell in takes[kind] else None
                for cell, (name, kind) in zip(row, table.columns.items(), strict=True)
                if name in kept
            ]
            for row in datasets.rows(table)
        ]
        for side in (sides.postgres, sides.ours):
            answer = side.run(datasets.definition(made))
            assert not answer.state, answer
            with side.connection.cursor().copy(f"COPY {made.name} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        sides.tables.append(made)


def _takes(side: Side, kind: str) -> set[str]:
    """Return the values that a column of a type takes; none where there can be no such column."""
    if side.run(f"CREATE TABLE probe (id int PRIMARY KEY, c {datasets.column_type(kind)})").state:
        return set()
    texts = dict.fromkeys((*datasets.of(kind), *datasets.extremes(kind)))
    quoted = [(text, text.replace("'", "''")) for text in texts]
    taken = {
        text
        for place, (text, inside) in enumerate(quoted)
        if not side.run(f"INSERT INTO probe VALUES ({place}, '{inside}')").state
    }
    side.run("DROP TABLE probe")
    return taken | ({str(number) for number in range(12)} if kind == "int4" else set())
