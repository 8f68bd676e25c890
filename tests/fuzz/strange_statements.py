"""Statements that nobody would write:
`python -m tests.fuzz.strange_statements [STATEMENTS] [SEED] [--from NUMBER] [--processes N]`.

Statements of the golden scripts are changed word by word, pieces of others put into them, and new ones put
together from the words of the grammar; parameters are values of any type. What must hold: every answer is
rows or an error of ours, none is XX000, no process dies and none hangs. What breaks that is made as small as
it stays broken, and printed with its number and the place of its fault.

A statement is made from the seed and its number alone, so that `--from` goes on where a run was broken off.
Every CHUNK of them has a database of its own: a fault is met again by the numbers of its chunk before it.
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import random
import re
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np

import vql
from vql.functions.vectors.support import STATE_EXPECTED
from vql.language.lexer import scan
from vql.language.words import FUNCTIONS

CHUNK = 2_000
TIMEOUT_MS = 1_000
LATE_S = 2.0  # of CPU: told, but no fault, since how much a statement takes depends on the machine
HANGS_S = 60.0
PROGRESS_S = 30.0
SCRIPTS = Path(__file__).parents[1] / "golden" / "scripts"
SCHEMA = (
    "CREATE TABLE t (id int PRIMARY KEY, a int, s text, arr text[], d date, v vector(3), f float8,"
    " n numeric(8,2),"
    " h halfvec(3), b bit(4), sp sparsevec(5), j jsonb, u uuid, ts timestamp, tz timestamptz, ok boolean)",
    "INSERT INTO t (id, a, s, arr, d, v, f, n, h, b, sp, j, ok) VALUES (1, 1, 's', '{a,b}', '2020-01-01',"
    " '[1,2,3]', 1.5, 2.25, '[1,2,3]', '1010', '{1:2}/5', '{\"a\": 1}', true), (2, NULL, NULL, NULL, NULL,"
    " NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)",
    "CREATE INDEX t_v ON t USING hnsw (v vector_l2_ops)",
)
COLUMNS = "id a s arr d v f n h b sp j u ts tz ok".split()
TYPES = (
    "int bigint smallint real float8 numeric numeric(5,2) text varchar(3) boolean date time timestamp"
    " timestamptz interval uuid json jsonb bytea vector vector(3) halfvec(3) bit(4) sparsevec(5) text[] int[]"
    " regclass oid"
).split()
OPERATORS = "+ - * / % ^ || = <> < <= > >= <-> <=> <#> <+> <~> <%> -> ->> @> <@ ~ !~ & | # << >>".split()
LITERALS = (
    "1", "0", "-1", "2.5", "1e5", "'x'", "''", "NULL", "true", "'[1,2,3]'", "[1,2,3]", "'{a,b}'",
    "B'1010'", "'2020-01-01'",
    "9223372036854775807", "9" * 40, "'1010'", "'{1:2}/5'", "'{\"a\": 1}'", "$1", "$2", "*",
    "interval '1 day'", "ARRAY[1,2]", "ARRAY['a']", "(SELECT 1)", "'epsilon'::text",
)  # fmt: skip
VALUES: tuple[object, ...] = (
    None, 1, -1, 2**40, 10**50, 1.5, float("nan"), "x", "[1,2,3]", "{a}", b"\1\2", True, Decimal("1.5"),
    [1, 2, 3], ["a"], [], np.array([1, 2, 3], "f4"), np.zeros(0), {"a": 1}, "2020-01-01", "", (1, 2),
)  # fmt: skip
# What takes long by itself, or changes what other statements find.
LEFT_OUT = re.compile(
    r"generate_series|repeat|vacuum|sleep|lpad|rpad|range\s*\(|recursive|retention|as of|snapshot|truncate|"
    r"timeout|memory|drop\s+table\s+t\b|discard|cross join",
    re.I,
)
WORDS = re.compile(r"'(?:[^']|'')*'|\w+|\s+|[^\w\s]+")
VALUE = re.compile(r"'.*'|[a-z_]\w*|\d+", re.S)


class Writer:
    """Makes statements, each of its own number."""

    def __init__(self, seed: int) -> None:
        self._seed, self._chosen = seed, random.Random()
        self._golden = golden_statements()

    def statement(self, number: int) -> tuple[str, list[object]]:
        """Return a statement and its parameters."""
        self._chosen.seed(f"{self._seed} {number}")
        while LEFT_OUT.search(sql := self._statement()):
            pass
        return sql, self._parameters(sql)

    def _statement(self) -> str:
        pick = self._chosen.random()
        if pick < 0.5:
            return self._changed(self._chosen.choice(self._golden))
        return self._made()

    def _parameters(self, sql: str) -> list[object]:
        numbers = [int(n) for n in re.findall(r"\$(\d{1,2})\b", sql)]
        return [self._chosen.choice(VALUES) for _ in range(max(numbers, default=0) or sql.count("?"))]

    def _changed(self, sql: str) -> str:
        words = WORDS.findall(sql)
        for _ in range(self._chosen.choice((1, 1, 1, 2, 2, 4))):
            # Half of the changes are to a name or a value: most others make no sentence of the grammar.
            named = [i for i, word in enumerate(words) if VALUE.fullmatch(word)]
            if named and self._chosen.random() < 0.5:
                at = self._chosen.choice(named)
                words[at] = self._expression(self._chosen.randint(0, 2))
                continue
            place = self._chosen.randrange(len(words)) if words else 0
            match self._chosen.randrange(6):
                case 0:
                    del words[place : place + self._chosen.randint(1, 3)]
                case 1:
                    words[place:place] = [" ", self._expression(2), " "]
                case 2:
                    words[place : place + 1] = [self._expression(1)]
                case 3:
                    other = WORDS.findall(self._chosen.choice(self._golden))
                    start = self._chosen.randrange(len(other))
                    words[place:place] = [" ", *other[start : start + self._chosen.randint(1, 6)], " "]
                case 4:
                    words[place:place] = words[place : place + self._chosen.randint(1, 4)]
                case _:
                    words[place : place + 1] = [self._chosen.choice(COLUMNS)]
        return "".join(words)

    def _expression(self, depth: int) -> str:
        chosen = self._chosen
        if depth <= 0 or chosen.random() < 0.25:
            return chosen.choice(COLUMNS) if chosen.random() < 0.5 else chosen.choice(LITERALS)

        def inner() -> str:
            return self._expression(depth - 1)

        forms: tuple[Callable[[], str], ...] = (
            lambda: f"{inner()} {chosen.choice(OPERATORS)} {inner()}",
            lambda: f"({inner()} {chosen.choice(OPERATORS)} {inner()})",
            lambda: f"{chosen.choice(FUNCTIONS)}({', '.join(inner() for _ in range(chosen.randint(0, 3)))})",
            lambda: f"({inner()})::{chosen.choice(TYPES)}",
            lambda: f"CAST({inner()} AS {chosen.choice(TYPES)})",
            lambda: f"{inner()} {chosen.choice(('AND', 'OR'))} {inner()}",
            lambda: f"NOT {inner()}",
            lambda: f"- {inner()}",
            lambda: f"{inner()} IN ({inner()}, {inner()})",
            lambda: f"{inner()} BETWEEN {inner()} AND {inner()}",
            lambda: f"{inner()} IS {chosen.choice(('', 'NOT '))}{chosen.choice(('NULL', 'TRUE', 'UNKNOWN'))}",
            lambda: f"{inner()} LIKE {inner()}",
            lambda: f"{inner()} = ANY ({inner()})",
            lambda: f"CASE WHEN {inner()} THEN {inner()} ELSE {inner()} END",
            lambda: f"(SELECT {inner()} FROM t LIMIT 1)",
            lambda: f"EXISTS (SELECT 1 FROM t WHERE {inner()})",
            lambda: f"ARRAY[{inner()}, {inner()}]",
            lambda: f"({inner()})[{inner()}]",
            lambda: f"sum({inner()}) OVER (ORDER BY {inner()})",
            lambda: f"extract(year FROM {inner()})",
            lambda: f"ROW({inner()}, {inner()})",
        )
        return chosen.choice(forms)()

    def _made(self) -> str:
        chosen, e = self._chosen, self._expression
        where = f" WHERE {e(2)}" if chosen.random() < 0.5 else ""
        query = f"SELECT {e(3)}, {e(1)} FROM t{where}"
        returning = f" RETURNING {e(2)}" if chosen.random() < 0.5 else ""
        forms = (
            lambda: query,
            lambda: f"{query} ORDER BY {e(2)} LIMIT {chosen.choice(('1', '0', '$1', e(1)))}",
            lambda: f"SELECT id FROM t{where} ORDER BY {chosen.choice('vhbsx')} <-> {e(1)} LIMIT 3",
            lambda: f"SELECT {e(2)} FROM t GROUP BY {e(1)} HAVING {e(2)}",
            lambda: f"{query} UNION {chosen.choice(('', 'ALL '))}SELECT {e(1)}, {e(1)}",
            lambda: f"WITH q AS ({query}) SELECT * FROM q JOIN t ON {e(2)}",
            lambda: f"SELECT * FROM t, LATERAL (SELECT id FROM t x WHERE {e(2)} LIMIT 2) y",
            lambda: f"INSERT INTO t (id, {chosen.choice(COLUMNS[1:])}) VALUES ({e(1)}, {e(2)}){returning}",
            lambda: (
                f"INSERT INTO t (id, {chosen.choice(COLUMNS[1:])}) SELECT {e(1)}, {e(2)} FROM t{returning}"
            ),
            lambda: f"UPDATE t SET {chosen.choice(COLUMNS)} = {e(2)}{where}{returning}",
            lambda: f"DELETE FROM t{where}{returning}",
            lambda: f"CREATE TABLE z AS {query}",
            lambda: f"EXPLAIN {query}",
        )
        return chosen.choice(forms)()


def golden_statements() -> list[str]:
    """Return the statements of the golden scripts, without what would slow the rest down."""
    found: list[str] = []
    for script in sorted(SCRIPTS.rglob("*.sql")):
        for block in re.split(r"\n{2,}", script.read_text()):
            text = re.sub(r"^#.*\n|^\[[^\]]*\] ", "", block.partition("\n---")[0], flags=re.M)
            found += [part.strip() for part in re.split(r";[ \t]*(?:\n|$)", text) if part.strip()]
    return [sql for sql in found if len(sql) < 1_000 and not LEFT_OUT.search(sql)]


def outcome(connection: vql.Connection, sql: str, parameters: Sequence[object]) -> str:
    """Run a statement and return its SQLSTATE, ok, or the fault that it is, as its traceback ends."""
    try:
        cursor = connection.execute(sql, parameters)
        if cursor.description is not None:
            cursor.fetchall()
        return "ok"
    except vql.Error as error:
        if error.sqlstate != "XX000" or STATE_EXPECTED in error.message:
            return error.sqlstate or "none"
        return fault(error.__context__ or error)
    except Exception as error:  # noqa: BLE001 - what is looked for
        return fault(error)


def fault(error: BaseException) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = "/".join(Path(last.filename).parts[-3:])
    return f"FAULT {type(error).__name__}: {str(error)[:100]} at {place}:{last.lineno}"


def smaller(connection: vql.Connection, sql: str, parameters: Sequence[object], wanted: str) -> str:
    """Return a statement with the same fault from which no word can be taken."""
    kind = wanted.rpartition(" at ")[2]
    try:
        words = [sql[x.start : x.end] for x in scan(sql, True)]
    except Exception:  # noqa: BLE001 - it may be the fault that is looked at
        return sql
    size = max(len(words) // 2, 1)
    while True:
        place = 0
        while place < len(words):
            tried = words[:place] + words[place + size :]
            if outcome(connection, " ".join(tried), parameters).rpartition(" at ")[2] == kind:
                words = tried
            else:
                place += size
        if size == 1:
            return " ".join(words)
        size //= 2


@dataclass
class Found:
    """What statements were answered, and the faults: each once, by its place."""

    outcomes: Counter[str] = field(default_factory=Counter)
    faults: dict[str, str] = field(default_factory=dict)

    def add(self, other: Found) -> None:
        """Take in what other statements have found, and print what is new."""
        self.outcomes += other.outcomes
        for place, text in other.faults.items():
            if place not in self.faults:
                self.faults[place] = text
                print(text, flush=True)


def fuzz(
    path: Path, seed: int, numbers: Iterable[int], begins: Callable[[int], None] = lambda number: None
) -> Found:
    """Run the statements of a seed that have these numbers in a new database; `begins` hears of each."""
    writer, found = Writer(seed), Found()
    log = logging.getLogger("vql.boundary")
    disabled, log.disabled = log.disabled, True
    try:
        with vql.connect(path) as connection, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for sql in (*SCHEMA, f"SET statement_timeout = {TIMEOUT_MS}"):
                connection.execute(sql)
            for number in numbers:
                begins(number)
                _run(connection, *writer.statement(number), number, found)
    finally:
        log.disabled = disabled
    return found


def _run(
    connection: vql.Connection, sql: str, parameters: Sequence[object], number: int, found: Found
) -> None:
    """Run one statement and take back what it did."""
    connection.begin()
    start_s = time.process_time()
    result = outcome(connection, sql, parameters)
    took_s = time.process_time() - start_s
    found.outcomes[result.partition(" ")[0]] += 1
    connection.rollback()
    if took_s > LATE_S:
        print(f"late: {took_s:.1f} s, statement {number}: {sql}", flush=True)
    place = result.rpartition(" at ")[2]
    if result.startswith("FAULT") and place not in found.faults:
        shown = smaller(connection, sql, parameters, result)
        found.faults[place] = f"statement {number}: {result}\n    {shown}\n    {parameters!r}"
        connection.rollback()


class Child:
    """A process that runs chunks of statements, and says which one it is at."""

    def __init__(self, seed: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.at = context.Value("q", -1)
        self.chunk = range(0)
        self.moved_s = time.monotonic()
        self._seen = -1
        self.process: BaseProcess = context.Process(target=_serve, args=(theirs, self.at, seed), daemon=True)
        self.process.start()
        theirs.close()

    def begin(self, chunk: range) -> None:
        """Have a chunk run."""
        self.chunk, self.moved_s = chunk, time.monotonic()
        self.pipe.send(chunk)

    def hangs(self) -> bool:
        """Whether one statement is under way for too long."""
        if self.at.value != self._seen:
            self._seen, self.moved_s = self.at.value, time.monotonic()
        return time.monotonic() - self.moved_s > HANGS_S

    def end(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.join()
        self.pipe.close()


def _serve(pipe: Connection, at: multiprocessing.sharedctypes.Synchronized[int], seed: int) -> None:
    def begins(number: int) -> None:
        at.value = number

    while True:
        chunk = pipe.recv()
        with tempfile.TemporaryDirectory() as folder:
            pipe.send(fuzz(Path(folder) / "db", seed, chunk, begins))


class Run:
    """Statements of a seed from one number to another, by several processes."""

    def __init__(self, seed: int, first: int, count: int, processes: int) -> None:
        self._seed, self._first, self._count = seed, first, count
        starts = range(first, count, CHUNK)
        self._waiting: Iterator[range] = iter([range(n, min(n + CHUNK, count)) for n in starts])
        self._rest: list[range] = []  # of chunks whose process has died
        self._found, self._start_s = Found(), time.monotonic()
        self._children = [Child(seed) for _ in range(min(processes, len(starts)))]

    def run(self) -> bool:
        """Run all of them; returns whether none has a fault."""
        told_s = time.monotonic()
        for child in list(self._children):
            self._next(child)
        while self._children:
            for pipe in wait([child.pipe for child in self._children], timeout=1):
                self._heard(next(child for child in self._children if child.pipe is pipe))
            for child in list(self._children):
                if child.hangs():
                    self._lost(child, f"does not end within {HANGS_S:.0f} s")
            if time.monotonic() - told_s > PROGRESS_S:
                told_s = time.monotonic()
                print(self._line(), flush=True)
        faults = len(self._found.faults)
        print("answers:", dict(self._found.outcomes.most_common()))
        print(f"{'FAILED' if faults else 'PASSED'}: {self._line()}", flush=True)
        return not faults

    def _heard(self, child: Child) -> None:
        try:
            found = child.pipe.recv()
        except EOFError:
            child.process.join()
            self._lost(child, f"ends its process, exit status {child.process.exitcode}")
            return
        self._found.add(found)
        self._next(child)

    def _next(self, child: Child) -> None:
        chunk = self._rest.pop() if self._rest else next(self._waiting, None)
        if chunk is None:
            child.end()
            self._children.remove(child)
            return
        child.begin(chunk)

    def _lost(self, child: Child, why: str) -> None:
        """Take down the statement that a process was at, and have what is left of its chunk run by another.
        What the chunk had found before is run again."""
        number = max(child.at.value, child.chunk.start)
        sql, parameters = Writer(self._seed).statement(number)
        text = f"statement {number}: FAULT {why}\n    {sql}\n    {parameters!r}"
        self._found.add(Found(Counter(FAULT=1), {f"{why} {number}": text}))
        child.end()
        self._children.remove(child)
        self._rest += [
            part for part in (range(child.chunk.start, number), range(number + 1, child.chunk.stop)) if part
        ]
        self._children.append(fresh := Child(self._seed))
        self._next(fresh)

    def _line(self) -> str:
        ran = sum(self._found.outcomes.values())
        took_s = time.monotonic() - self._start_s
        return (
            f"{ran} statements of seed {self._seed} ({self._first} to {self._count}), "
            f"{len(self._found.faults)} faults, {took_s:.0f} s, {ran / took_s:.0f} a second"
        )


def main() -> int:
    """Run statements; the exit status is 1 where one has a fault."""
    parser = argparse.ArgumentParser(description="statements that nobody would write")
    parser.add_argument("count", nargs="?", type=int, default=1_000_000)
    parser.add_argument("seed", nargs="?", type=int, default=random.randrange(10**6))
    parser.add_argument("--from", dest="first", type=int, default=0, help="number of the first statement")
    parser.add_argument("--processes", type=int, default=1)
    given = parser.parse_args()
    print(f"statements {given.first} to {given.count} of seed {given.seed}", flush=True)
    return 0 if Run(given.seed, given.first, given.count, given.processes).run() else 1


if __name__ == "__main__":
    sys.exit(main())
