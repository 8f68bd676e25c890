"""Random statements on PostgreSQL and on VQL:
`python -m tests.postgres.differential [COUNT] [SEED] [--from NUMBER] [--rewrite]`.

First every operation of PostgreSQL's catalog on the types that VQL has, then COUNT statements put together at
random. A difference is made as small as it stays one; those alike but for their constants are one kind, shown
once with both answers. What VQL refuses is counted apart from what it answers wrongly; an operation that
is refused or wrong by itself is left out of what is put together, so that it hides nothing behind it.
A statement is made from the seed and its number alone: `--from` goes on where a run was broken off, and asks
neither the operations by themselves nor other paths again.
"""

from __future__ import annotations

import argparse
import itertools
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "wire")]

import known  # noqa: E402
import operations  # noqa: E402 - found beside this file, as pytest finds them
import ourselves  # noqa: E402
import sides  # noqa: E402
from expressions import VALUE  # noqa: E402
from known import TOGETHER, Known  # noqa: E402
from nodes import Node, features, minimised, walk  # noqa: E402
from operations import Catalog  # noqa: E402
from random_statements import Case, Statements, constants  # noqa: E402
from sides import Difference, Sides  # noqa: E402

TRIES = 250
HISTORY_QUERIES = 25
PATHS_MAX = 500  # statements asked by every path
COUNT, SEED = 1000, 19  # of the ordinary tests
MINIMISED_MAX = {"types": 40, "names": 20}  # of one cause; else 3
PARTS_MAX = 120
# What a seed has the two sessions say.
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")
DATES = ("ISO, MDY", "ISO, DMY", "SQL, MDY", "Postgres, DMY", "German, DMY")
INTERVALS = ("postgres", "postgres_verbose", "sql_standard", "iso_8601")
KINDS_SHOWN_MAX = 400
TIMEOUT = "SET statement_timeout = '2s'"  # what either side takes longer for is not compared
PROGRESS_S = 30.0


@dataclass
class Finding:
    """One kind of difference: its smallest statement, and how often it was met."""

    sql: str
    difference: Difference
    features: set[str]
    count: int = 1


@dataclass
class Findings:
    """What a run has found."""

    statements: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    kinds: dict[str, Finding] = field(default_factory=dict)

    def wrong(self) -> list[tuple[str, Finding]]:
        """Return the kinds that are wrong answers."""
        return [(key, found) for key, found in self.kinds.items() if found.difference.is_wrong]


class Run:
    """Runs cases and keeps what differs. `left_out` is left out, and what is found, where the run learns. A
    quick run makes few differences small of those that look like one cause."""

    def __init__(
        self, both: Sides, catalog: Catalog, seed: int, left_out: Iterable[Known] = (), learns: bool = True,
        is_quick: bool = True,
    ) -> None:  # fmt: skip
        self.both = both
        self.found = Findings()
        self.known = list(left_out)
        self._sets = [set(line.operations.split(TOGETHER)) for line in self.known]
        self._learns, self._is_quick = learns, is_quick
        self._causes: Counter[str] = Counter()
        self._catalog = catalog
        self._maker = Statements(seed, catalog, both.types, both.tables)

    def sweep(self) -> None:
        """Run the values of every type and every operation by itself."""
        for case in self._maker.of_types():
            if not self._is_known(case.node):
                self.case(case)
        for made in self._catalog.operations:
            for case in self._maker.sweep(made):
                if not self._is_known(case.node):
                    self.case(case)

    def compose(self, numbers: Iterable[int], most: int) -> None:
        """Run statements put together at random, of these numbers, that have nothing known to differ."""
        ran, start_s = 0, time.monotonic()
        told_s = start_s
        for number in numbers:
            case = self._maker.case(number)
            if not self._is_known(case.node):
                self.case(case)
                ran += 1
            if time.monotonic() - told_s > PROGRESS_S:
                told_s = time.monotonic()
                took_s = told_s - start_s
                print(
                    f"{ran} of {most}, at number {number}, {len(self.found.wrong())} kinds of wrong answers, "
                    f"{took_s:.0f} s, {ran / took_s:.1f} a second",
                    flush=True,
                )
            if ran == most:
                break

    def case(self, case: Case) -> None:
        """Run one statement; minimise what differs in it."""
        self.found.statements += 1
        difference = self._difference(case.node, case)
        if difference is not None and self._is_of_evaluation(case.node, difference):
            difference = replace(difference, kind="evaluation")
        self.found.outcomes[difference.kind if difference else "same"] += 1
        if difference is None or difference.kind in sides.UNSAID:
            return
        if self._is_quick and self._is_seen(difference):
            return

        def is_same(node: Node) -> bool:
            other = self._difference(node, case)
            if other is None or other.kind != difference.kind or not _alike(other, difference):
                return False
            return not self._is_of_evaluation(node, other)

        node = minimised(case.node, is_same, constants, TRIES)
        found = self._difference(node, case)
        if found is None:
            return  # it depends on what ran before
        used = features(node)
        key = f"{found.kind}: {sides.kind_of(str(node))}"
        kind = self.found.kinds.setdefault(key, Finding(str(node), found, used, 0))
        kind.count += 1
        if self._learns:
            self._learn(kind)
            if kind.count == 1 and found.is_wrong:
                print(f"\n{found.kind}: {node}\n{found}", flush=True)

    def _learn(self, kind: Finding) -> None:
        """Leave out the operations of a difference from now on, the values where there is none."""
        used = {name for name in kind.features if not name.startswith(VALUE)} or kind.features
        if not used:
            return
        reason = known.reason_of(kind.difference)
        self.known.append(Known(TOGETHER.join(sorted(used)), kind.difference.kind, kind.sql, reason))
        self._sets.append(used)

    def _is_known(self, node: Node) -> bool:
        used = features(node)
        return any(left_out <= used for left_out in self._sets)

    def _is_seen(self, difference: Difference) -> bool:
        """Whether enough differences were made small whose cause seems to be one: an error's text, a name."""
        cause = difference.cause()
        self._causes[cause] += 1
        return bool(cause) and self._causes[cause] > MINIMISED_MAX.get(difference.kind, 3)

    def _difference(self, node: Node, case: Case) -> Difference | None:
        sql, parameters = sides.with_parameters(str(node)) if case.has_parameters else (str(node), None)
        return self.both.difference(sql, case.is_ordered, case.changes, parameters=parameters)

    def _is_of_evaluation(self, node: Node, difference: Difference) -> bool:
        """Whether a part that one side has not computed, by itself, is the other's error on that side too, or
        one that PostgreSQL computes when it plans, also where no row would come to it."""
        if difference.kind not in ("error", "answered"):
            return False
        if difference.right.state[:2] == "22":
            planned = self.both.postgres.run(f"EXPLAIN {node}")
            if planned.state == difference.right.state and not planned.position:
                return True
        raised = difference.right if difference.right.state else difference.ours
        other = self.both.ours if difference.right.state else self.both.postgres
        return any(
            other.run(sql).state[:2] == raised.state[:2]
            for sql in itertools.islice(parts_alone(node), PARTS_MAX)
        )


def parts_alone(node: Node) -> Iterator[str]:
    """Yield queries for single expressions of a statement, over all rows of the query they stand in."""
    for made in walk(node):
        texts = [str(part) for part in made.parts]
        place = next((place for place, text in enumerate(texts) if text.endswith(" FROM ")), None)
        common = next((text for text in texts if text.startswith("WITH ")), None)
        if common is not None:
            head = "".join(texts[: texts.index(") ") + 1]) + " "
            for part in walk(made.parts[-1]) if isinstance(made.parts[-1], Node) else ():
                yield from (head + sql for sql in parts_alone(part))
        plain = next((text for text in texts if text.startswith(" FROM ")), " FROM tame")  # of single ones
        source = plain if made is node and place is None else ""
        if place is not None and place + 1 < len(texts):
            source = f" FROM {texts[place + 1]}"
        elif made is not node:
            continue
        yield f"SELECT *{source}"
        for part in walk(made):
            if part.role == "expression" and len(part.parts) > 1:
                yield f"SELECT {part}{source}"
                yield f"SELECT {part}"


def _alike(one: Difference, other: Difference) -> bool:
    """Whether two differences of a kind may have one cause: the same errors, if any."""
    return one.right.state == other.right.state and one.ours.state == other.ours.state


def report(found: Findings) -> str:
    """Return what was found, the wrong answers first, the frequent before the rare."""
    lines = [
        f"{found.statements} statements: "
        + ", ".join(f"{n} {name}" for name, n in found.outcomes.most_common())
    ]
    kinds = sorted(found.kinds.items(), key=lambda item: (not item[1].difference.is_wrong, -item[1].count))
    lines.append(f"{len(found.wrong())} kinds of wrong answers, {len(kinds) - len(found.wrong())} others")
    for key, kind in kinds[:KINDS_SHOWN_MAX]:
        lines.append(f"\n## {key.partition(':')[0]} ({kind.count}x)\n{kind.sql}")
        lines.append(str(kind.difference))
    return "\n".join(lines)


def settings(seed: int) -> list[str]:
    """Return what the sessions of a seed set."""
    rng = random.Random(seed)
    choices = {"TimeZone": ZONES, "DateStyle": DATES, "IntervalStyle": INTERVALS}
    return [f"SET {name} = '{rng.choice(values)}'" for name, values in choices.items()]


def main() -> None:
    """Run COUNT statements of SEED and print what differs; the exit status is 1 where an answer is wrong."""
    parser = argparse.ArgumentParser(description="random statements on PostgreSQL and on VQL")
    parser.add_argument("count", nargs="?", type=int, default=20000)
    parser.add_argument("seed", nargs="?", type=int, default=random.randrange(10**6))
    parser.add_argument("--from", dest="first", type=int, default=0, help="number of the first statement")
    parser.add_argument(
        "--rewrite", action="store_true", help="write known.tsv: what the ordinary tests leave out"
    )
    given = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):  # the first is ignored by what runs in the background
        signal.signal(number, signal.default_int_handler)
    with tempfile.TemporaryDirectory() as folder:
        if given.rewrite:
            with sides.with_tables(Path(folder), large=False) as both:
                found = _rewritten(both)
        else:
            with sides.with_tables(Path(folder)) as both:
                found = _compared(both, given.count, given.seed, given.first)
    sys.exit(bool(found.wrong()))


def _rewritten(both: Sides) -> Findings:
    """Find anew what the ordinary tests leave out."""
    kept = [line for line in (known.present(both, line) for line in known.read()) if line is not None]
    run = Run(both, operations.read(both.postgres.connection, both.types), SEED, kept, is_quick=False)
    run.sweep()
    run.compose(range(COUNT), COUNT)
    print(report(run.found), flush=True)
    known.write(run.known)
    return run.found


def _compared(both: Sides, count: int, seed: int, first: int) -> Findings:
    """Run the operations by themselves, then statements of a seed, then what VQL answers by other paths."""
    print(f"seed {seed}", flush=True)
    for setting in (*settings(seed), TIMEOUT):
        assert not any(side.run(setting).state for side in (both.postgres, both.ours)), setting
    catalog = operations.read(both.postgres.connection, both.types)
    run, start_s = Run(both, catalog, seed), time.monotonic()
    if not first:
        run.sweep()
        print(
            f"{run.found.statements} of single operations in {time.monotonic() - start_s:.0f} s", flush=True
        )
    run.compose(itertools.count(first), count)
    print(report(run.found), flush=True)
    if not first:
        usual = catalog.without({line.operations for line in run.known})
        most = min(count // 10, PATHS_MAX)
        for found in (
            ourselves.paths(both.ours, both.folder, usual, both.types, both.tables, seed, most),
            ourselves.history(both.ours, usual, seed, min(count // 100, HISTORY_QUERIES)),
        ):
            print(f"\n{found.asked} answers by other paths, {len(found.found)} disagree", flush=True)
            print("\n".join(found.found.values()))
    wrong = len(run.found.wrong())
    print(
        f"{'FAILED' if wrong else 'PASSED'}: {run.found.statements} statements of seed {seed}, "
        f"{wrong} kinds of wrong answers, {time.monotonic() - start_s:.0f} s"
    )
    return run.found


if __name__ == "__main__":
    main()
