"""Histories of several processes, and what isolation forbids in them: `python -m tests.storage.histories
[TRANSACTIONS a process] [PROCESSES] [LEVEL] [wire] [kill]`.

Each process transfers money between accounts, counts, and appends to lists in transactions of a few reads
and appends (list-append, as Elle has it: Alvaro and Kingsbury, VLDB 2020), embedded or over the wire. With
`kill` half of them are killed on the way, with SIGKILL, and others take their places. Every list is read in
the end; its order is that of the versions of its key, from which the dependencies of transactions follow:

* ww: one appended right behind the other; wr: one read what the other had appended last; rw: one read the
  list as it was just before the other appended.

REPEATABLE READ promises: no lost update, no read of what was rolled back (G1a) or not all there (G1b), no
cycle of ww and wr (G0, G1c), none with exactly one rw (G-single). Cycles of two and more rw (write skew) are
allowed there, and counted; SERIALIZABLE has none of them. READ COMMITTED may lose an append that was computed
from what another has changed since, and read lists of several moments.
"""

from __future__ import annotations

import multiprocessing.connection
import random
import signal
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

import vql

sys.path += [str(Path(__file__).parent), str(Path(__file__).parents[1] / "wire")]
from forked import CONTEXT  # noqa: E402
from server_process import Server  # noqa: E402

# To be run again: lost to another, or in a circle of waits.
AGAIN = ("40001", "40P01")
ACCOUNTS, BALANCE, KEYS = 8, 100, 6
Edges = dict[int, set[int]]


@dataclass
class Txn:
    """A transaction of lists: what it read of each key first, what it appended, whether it committed."""

    number: int
    reads: dict[int, list[int]] = field(default_factory=dict)
    appends: list[tuple[int, int]] = field(default_factory=list)
    committed: bool = False


def make(path):
    """Make the tables."""
    with vql.connect(path) as connection:
        connection.execute("CREATE TABLE accounts (id int PRIMARY KEY, balance int)")
        connection.execute("CREATE TABLE counters (id int PRIMARY KEY, n int)")
        connection.execute("CREATE TABLE lists (id int PRIMARY KEY, items text)")
        for number in range(ACCOUNTS):
            connection.execute("INSERT INTO accounts VALUES (?, ?)", [number, BALANCE])
        for number in range(KEYS):
            connection.execute("INSERT INTO lists VALUES (?, '')", [number])
        connection.execute("INSERT INTO counters VALUES (0, 0)")


def work(where, is_wire, level, process, count, pipe):
    """Run transactions; tell each before its commit and after, and what else was found."""
    generator, errors = random.Random(process), psycopg.Error if is_wire else vql.Error
    connection = psycopg.connect(where, autocommit=True) if is_wire else vql.connect(where)
    with connection:
        for place in range(count):
            txn = Txn(place * 1_000 + process)
            pipe.send(("list", append(connection, errors, generator, level, txn, pipe)))
            transfer(connection, errors, generator, level)
            total = connection.execute("SELECT balance FROM accounts").fetchall()
            if sum(balance for (balance,) in total) != ACCOUNTS * BALANCE:
                pipe.send(("broken", total))
            pipe.send(("counts", 1))
            connection.execute("UPDATE counters SET n = n + 1 WHERE id = 0")
            pipe.send(("counted", 1))
    pipe.send(("end", None))


def append(connection, errors, generator, level, txn, pipe):
    """Read some lists, append to some, commit; return what was seen."""
    connection.execute(f"BEGIN ISOLATION LEVEL {level}")
    try:
        for step in range(generator.randint(2, 4)):
            key = generator.randrange(KEYS)
            [(text,)] = connection.execute(f"SELECT items FROM lists WHERE id = {key}").fetchall()
            items = list(map(int, text.split()))
            mine = {value for _, value in txn.appends}
            txn.reads.setdefault(key, [item for item in items if item not in mine])
            if generator.random() < 0.6:
                value = txn.number * 10 + step
                connection.execute(f"UPDATE lists SET items = '{text} {value}' WHERE id = {key}")
                txn.appends.append((key, value))
        if generator.random() < 0.1:
            connection.execute("ROLLBACK")
        else:
            pipe.send(("commits", txn))
            connection.execute("COMMIT")
            txn.committed = True
    except errors as error:
        assert error.sqlstate in AGAIN, error
        connection.execute("ROLLBACK")
    return txn


def transfer(connection, errors, generator, level):
    """Move money from one account to another, or give it up."""
    source, target = generator.sample(range(ACCOUNTS), 2)
    connection.execute(f"BEGIN ISOLATION LEVEL {level}")
    try:
        for account, change in ((source, -1), (target, 1)):
            connection.execute(f"UPDATE accounts SET balance = balance + {change} WHERE id = {account}")
        connection.execute("COMMIT")
    except errors as error:
        assert error.sqlstate in AGAIN, error
        connection.execute("ROLLBACK")


def anomalies(txns: Iterable[Txn], final: dict[int, list[int]]) -> Counter[str]:
    """Count what isolation forbids in a history, and `write skew`, which it allows."""
    found: Counter[str] = Counter()
    txns = list(txns)
    writer = {value: txn for txn in txns for _, value in txn.appends}
    for txn in txns:
        for key, value in txn.appends:
            found["lost update"] += txn.committed and final[key].count(value) != 1
            found["G1a"] += not txn.committed and value in final[key]
        for key, seen in txn.reads.items():
            found["not a prefix"] += txn.committed and seen != final[key][: len(seen)]
            found["G1a"] += any(not writer[value].committed for value in seen)
            if seen:
                theirs = [value for k, value in writer[seen[-1]].appends if k == key]
                found["G1b"] += theirs[-1] != seen[-1]
    if +found:
        return +found
    depends, anti = dependencies([txn for txn in txns if txn.committed], final, writer)
    found["G0 or G1c"] = sum(
        reaches(depends, after, before) for before in depends for after in depends[before]
    )
    found["G-single"] = sum(reaches(depends, after, before) for before in anti for after in anti[before])
    both = {number: depends[number] | anti[number] for number in {*depends, *anti}}
    if not +found:
        skew = sum(reaches(both, after, before) for before in anti for after in list(anti[before])[:1])
        return Counter({"write skew": skew}) if skew else Counter()
    return +found


def dependencies(txns, final, writer) -> tuple[Edges, Edges]:
    """Return the ww and wr edges, and the rw edges, from the earlier transaction."""
    depends: Edges = defaultdict(set)
    anti: Edges = defaultdict(set)
    for values in final.values():
        for before, after in zip(values, values[1:], strict=False):
            depends[writer[before].number].add(writer[after].number)
    for txn in txns:
        for key, seen in txn.reads.items():
            if seen:
                depends[writer[seen[-1]].number].add(txn.number)
            if len(seen) < len(final[key]):
                anti[txn.number].add(writer[final[key][len(seen)]].number)
    for edges in (depends, anti):
        for number in list(edges):
            edges[number].discard(number)
    return depends, anti


def reaches(edges: Edges, start: int, goal: int) -> bool:
    """Whether a path leads from one transaction to another."""
    seen, waiting = {start}, [start]
    while waiting:
        here = waiting.pop()
        if here == goal:
            return True
        new = edges.get(here, set()) - seen
        seen |= new
        waiting += new
    return False


class Told:
    """What processes have told."""

    def __init__(self) -> None:
        self.txns: dict[int, Txn] = {}
        self.undecided: dict[int, Txn] = {}
        self.broken = self.counts = self.counted = self.messages = 0

    def take(self, kind, value):
        """Take one message."""
        self.messages += 1
        match kind:
            case "commits":
                self.undecided[value.number] = value
            case "list":
                self.undecided.pop(value.number, None)
                self.txns[value.number] = value
            case "broken":
                self.broken += 1
            case "counts":
                self.counts += 1
            case "counted":
                self.counted += 1

    def decide(self, final):
        """Take transactions whose processes were killed as they committed for what they have left."""
        for txn in self.undecided.values():
            txn.committed = bool(txn.appends) and all(value in final[key] for key, value in txn.appends)
            self.txns[txn.number] = txn


def run(
    path: Path, count: int, processes: int, level: str = "REPEATABLE READ", wire: str = "", kill: bool = False
) -> tuple[Counter[str], int, int]:
    """Run a history and check it; returns what was found, transactions of lists and how many committed."""
    told, open_, number = Told(), {}, 0

    def start() -> None:
        nonlocal number
        ours, theirs = CONTEXT.Pipe()
        arguments = (wire or path, bool(wire), level, number, count, theirs)
        child = CONTEXT.Process(target=work, args=arguments)
        child.start()
        theirs.close()
        # Half of them are killed, each behind a message of its own.
        open_[ours] = [child, 3 + 5 * number if kill and number % 2 else 0]
        number += 1

    for _ in range(processes):
        start()
    while open_:
        for pipe in multiprocessing.connection.wait(list(open_)):
            child, left = open_[pipe]
            try:
                kind, value = pipe.recv()
            except EOFError:
                child.join()
                assert child.exitcode in (0, -signal.SIGKILL), child.exitcode
                del open_[pipe]
                if child.exitcode:
                    start()
                continue
            told.take(kind, value)
            if left:
                open_[pipe][1] = left - 1
                if left == 1:
                    child.kill()
    with vql.connect(path) as connection:
        lists = connection.execute("SELECT id, items FROM lists").fetchall()
        [(counted,)] = connection.execute("SELECT n FROM counters").fetchall()
    final = {key: list(map(int, text.split())) for key, text in lists}
    told.decide(final)
    found = anomalies(told.txns.values(), final)
    found["broken sums"] = told.broken
    found["lost increments"] = max(0, told.counted - counted) + max(0, counted - told.counts)
    return +found, len(told.txns), sum(txn.committed for txn in told.txns.values())


if __name__ == "__main__":
    given = [argument for argument in sys.argv[1:] if argument.isdigit()]
    levels = [argument for argument in sys.argv[1:] if argument.isupper()]
    sizes = (int(given[0]) if given else 2_000, int(given[1]) if len(given) > 1 else 4)
    asked = levels[0] if levels else "REPEATABLE READ"
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "db"
        make(home)
        if "wire" in sys.argv:
            server = Server(home)
            try:
                result, all_, committed = run(home, *sizes, asked, server.url, "kill" in sys.argv)
            finally:
                server.stop()
        else:
            result, all_, committed = run(home, *sizes, asked, "", "kill" in sys.argv)
    print(f"{all_} transactions of lists, {committed} committed: {dict(result) or 'no anomaly'}")
    sys.exit(bool(result.keys() - ({"write skew"} if asked == "REPEATABLE READ" else set())))
