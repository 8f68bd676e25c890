"""Histories of several processes, and what snapshot isolation forbids in them: `python -m
tests.storage.histories [TRANSACTIONS a process] [PROCESSES]`.

Each process transfers money between accounts, counts, and appends to lists in transactions of a few reads
and appends (list-append, as Elle has it: Alvaro and Kingsbury, VLDB 2020). Every list is read in the end;
its order is that of the versions of its key, from which the dependencies of transactions follow:

* ww: one appended right behind the other; wr: one read what the other had appended last; rw: one read the
  list as it was just before the other appended.

Snapshot isolation promises: no lost update, no read of what was rolled back (G1a) or not all there (G1b), no
cycle of ww and wr (G0, G1c), none with exactly one rw (G-single). Cycles of two and more rw (write skew) are
allowed, and counted.
"""

from __future__ import annotations

import multiprocessing
import random
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import vql

ACCOUNTS, BALANCE, KEYS = 8, 100, 6
CONTEXT = multiprocessing.get_context("spawn")
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


def work(path, process, count, pipe):
    """Run transactions; tell what they were, how often the counter was counted, and broken sums."""
    generator = random.Random(process)
    history, counted, broken = [], 0, []
    with vql.connect(path) as connection:
        for place in range(count):
            history.append(append(connection, generator, place * 1_000 + process))
            transfer(connection, generator)
            total = connection.execute("SELECT balance FROM accounts").fetchall()
            if sum(balance for (balance,) in total) != ACCOUNTS * BALANCE:
                broken.append(total)
            connection.execute("UPDATE counters SET n = n + 1 WHERE id = 0")
            counted += 1
    pipe.send((history, counted, broken))


def append(connection, generator, number):
    """Read some lists, append to some, commit; return what was seen."""
    txn = Txn(number)
    connection.begin()
    try:
        for step in range(generator.randint(2, 4)):
            key = generator.randrange(KEYS)
            [(text,)] = connection.execute("SELECT items FROM lists WHERE id = ?", [key]).fetchall()
            items = list(map(int, text.split()))
            mine = {value for _, value in txn.appends}
            txn.reads.setdefault(key, [item for item in items if item not in mine])
            if generator.random() < 0.6:
                value = number * 10 + step
                connection.execute("UPDATE lists SET items = ? WHERE id = ?", [f"{text} {value}", key])
                txn.appends.append((key, value))
        if generator.random() < 0.1:
            connection.rollback()
        else:
            connection.commit()
            txn.committed = True
    except vql.OperationalError as error:
        assert error.sqlstate == "40001", error
        connection.rollback()
    return txn


def transfer(connection, generator):
    """Move money from one account to another, or give it up."""
    source, target = generator.sample(range(ACCOUNTS), 2)
    connection.begin()
    try:
        for account, change in ((source, -1), (target, 1)):
            connection.execute("UPDATE accounts SET balance = balance + ? WHERE id = ?", [change, account])
        connection.commit()
    except vql.OperationalError as error:
        assert error.sqlstate == "40001", error
        connection.rollback()


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


def run(path: Path, count: int, processes: int) -> tuple[Counter[str], int, int]:
    """Run a history and check it; returns what was found, transactions of lists and how many committed."""
    make(path)
    pipes = [CONTEXT.Pipe() for _ in range(processes)]
    children = [
        CONTEXT.Process(target=work, args=(path, number, count, pipe))
        for number, (_, pipe) in enumerate(pipes)
    ]
    for child in children:
        child.start()
    told = [pipe.recv() for pipe, _ in pipes]
    for child in children:
        child.join()
    txns = [txn for history, _, _ in told for txn in history]
    with vql.connect(path) as connection:
        lists = connection.execute("SELECT id, items FROM lists").fetchall()
        [(counted,)] = connection.execute("SELECT n FROM counters").fetchall()
    found = anomalies(txns, {key: list(map(int, text.split())) for key, text in lists})
    found["broken sums"] = sum(len(broken) for _, _, broken in told)
    found["lost increments"] = sum(count for _, count, _ in told) - counted
    return +found, len(txns), sum(txn.committed for txn in txns)


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    with tempfile.TemporaryDirectory() as folder:
        result, all_, committed = run(
            Path(folder) / "db", given[0] if given else 2_000, given[1] if len(given) > 1 else 4
        )
    print(f"{all_} transactions of lists, {committed} committed: {dict(result) or 'no anomaly'}")
    sys.exit(bool(result.keys() - {"write skew"}))
