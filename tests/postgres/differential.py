"""Random statements on PostgreSQL and on VQL: `python -m tests.postgres.differential [COUNT] [SEED]`.

First every operation of PostgreSQL's catalog on the types that VQL has, then COUNT statements put together at
random. A difference is made as small as it stays one, and those alike but for their constants are one kind,
shown once with both answers. What VQL refuses is counted apart from what it answers wrongly; an operation that
is refused or wrong by itself is left out of what is put together, so that it hides nothing behind it.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "wire")]

import operations  # noqa: E402 - found beside this file, as pytest finds them
import sides  # noqa: E402
from nodes import Node, features, minimised, walk  # noqa: E402
from operations import Catalog  # noqa: E402
from sides import Difference, Sides  # noqa: E402
from statements import Case, Statements, constants  # noqa: E402

TRIES = 250
KINDS_SHOWN_MAX = 400


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
    """Runs cases and keeps what differs."""

    def __init__(self, both: Sides) -> None:
        self.both = both
        self.found = Findings()
        self.banned: set[str] = set()

    def case(self, case: Case) -> None:
        """Run one statement; minimise what differs in it."""
        self.found.statements += 1
        difference = self._difference(case.node, case)
        self.found.outcomes[difference.kind if difference else "same"] += 1
        if difference is None:
            return

        def is_same(node: Node) -> bool:
            other = self._difference(node, case)
            return other is not None and other.kind == difference.kind and _alike(other, difference)

        node = minimised(case.node, is_same, constants, TRIES)
        found = self._difference(node, case)
        if found is None:
            return  # it depends on what ran before
        key = f"{found.kind}: {sides.kind_of(str(node))}"
        if key in self.found.kinds:
            self.found.kinds[key].count += 1
        else:
            self.found.kinds[key] = Finding(str(node), found, features(node))
        self._ban(node)

    def _difference(self, node: Node, case: Case) -> Difference | None:
        return self.both.difference(str(node), case.is_ordered, case.changes)

    def _ban(self, node: Node) -> None:
        """Leave an operation out from now on that differs by itself, on constants or columns."""
        used = features(node)
        if len(used) == 1 and sum(part.role == "query" for part in walk(node)) <= 1:
            self.banned |= used


def _alike(one: Difference, other: Difference) -> bool:
    """Whether two differences of a kind may have one cause: the same errors, if any."""
    return one.right.state == other.right.state and one.ours.state == other.ours.state


def sweep(run: Run, catalog: Catalog, seed: int) -> None:
    """Run every operation by itself."""
    maker = Statements(random.Random(seed), catalog, run.both.types, run.both.tables)
    for case in maker.sweep():
        if not features(case.node) & run.banned:
            run.case(case)


def compose(run: Run, catalog: Catalog, seed: int, count: int) -> None:
    """Run statements put together at random from what is right by itself."""
    rng = random.Random(seed)
    known = -1
    for _ in range(count):
        if len(run.banned) != known:
            known = len(run.banned)
            maker = Statements(rng, catalog.without(run.banned), run.both.types, run.both.tables)
        case = maker.case()
        if not features(case.node) & run.banned:
            run.case(case)


def report(found: Findings) -> str:
    """Return what was found, the wrong answers first, the frequent before the rare."""
    lines = [f"{found.statements} statements: " + ", ".join(f"{n} {name}" for name, n in found.outcomes.most_common())]
    kinds = sorted(found.kinds.items(), key=lambda item: (not item[1].difference.is_wrong, -item[1].count))
    lines.append(f"{len(found.wrong())} kinds of wrong answers, {len(kinds) - len(found.wrong())} others")
    for key, kind in kinds[:KINDS_SHOWN_MAX]:
        lines.append(f"\n## {key.partition(':')[0]} ({kind.count}x)\n{kind.sql}")
        lines.append(f"    PostgreSQL {kind.difference.right}\n    VQL        {kind.difference.ours}")
    return "\n".join(lines)


def main() -> None:
    """Run COUNT statements of SEED and print what differs."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(10**6)
    print(f"seed {seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder, sides.running(Path(folder)) as both:
        run = Run(both)
        catalog = operations.read(both.postgres.connection, both.types)
        start = time.monotonic()
        sweep(run, catalog, seed)
        print(f"{run.found.statements} of single operations in {time.monotonic() - start:.0f} s", flush=True)
        compose(run, catalog, seed, count)
        print(report(run.found), flush=True)
        print(f"{time.monotonic() - start:.0f} s")
    sys.exit(bool(run.found.wrong()))


if __name__ == "__main__":
    main()
