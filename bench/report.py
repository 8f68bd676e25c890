"""What runs leave: rows in a JSON file, later ones replacing equal ones, and the tables made of them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

RAW = "raw faiss HNSW"
HAND_PICKED = ("hnsw", "ivfpq", "ivfflat", "rabitq", "flat")


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement: `rate` in queries per CPU-second, `short` the share of short answers."""

    data: str
    kind: str
    share: float
    constants: str
    target: float
    who: str
    recall: float
    short: float
    rate: float
    effort: str = ""

    @property
    def case(self) -> tuple[str, str, float, str, float]:
        """What was asked, of whom ever."""
        return self.data, self.kind, self.share, self.constants, self.target

    @property
    def reaches(self) -> bool:
        """Whether the recall is the target's, within the noise of a sample."""
        return self.recall >= self.target - 0.01


def keep_rows(path: Path, rows: Iterable[Row]) -> list[Row]:
    """Add rows to a file, in place of those with the same case and contestant, and return all."""
    kept = {(row.case, row.who): row for row in [*read_rows(path), *rows]}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("[" + ",\n".join(json.dumps(asdict(row)) for row in kept.values()) + "]\n")
    return list(kept.values())


def read_rows(path: Path) -> list[Row]:
    """Return the rows of a file, none where it is not there."""
    return [Row(**fields) for fields in json.loads(path.read_text())] if path.exists() else []


def table(head: str, lines: Iterable[Iterable[object]]) -> str:
    """Return a Markdown table; a column whose name starts with > is right-aligned."""
    names = head.split("|")
    marks = ["--:" if name.startswith(">") else "---" for name in names]
    rows = [[name.lstrip(">") for name in names], marks, *([str(cell) for cell in line] for line in lines)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"


def speed_table(rows: list[Row]) -> str:
    """Unfiltered, one thread: each method against raw faiss."""
    raw = {row.case: row for row in rows if row.who == RAW}
    return table(
        "set|>target|who|>ratio to raw|>recall@10|>short answers|>queries per CPU-s",
        (
            (row.data, f"{row.target:g}", row.who, ratio(row, raw.get(row.case)), f"{row.recall:.3f}",
             f"{row.short:.1%}", f"{row.rate:,.0f}")
            for row in rows
            if row.kind == "all" and row.target in (0.95, 0.99)
        ),
    )  # fmt: skip


def choice_table(rows: list[Row]) -> str:
    """`auto` against the best method picked by hand that reaches the recall."""
    lines = []
    for auto in rows:
        if auto.who != "vql auto" or auto.kind != "all" or auto.target not in (0.95, 0.99):
            continue
        hands = [r for r in rows if r.case == auto.case and r.who.removeprefix("vql ") in HAND_PICKED]
        best = max((r for r in hands if r.reaches), key=lambda r: r.rate, default=None)
        if best is not None:
            lines.append((auto.data, f"{auto.target:g}", best.who, f"{best.rate:,.0f}", f"{auto.rate:,.0f}",
                          f"{best.rate / auto.rate:.2f}"))  # fmt: skip
    return table("set|>target|best by hand|>its queries per CPU-s|>auto's|>auto is behind by", lines)


def filter_table(rows: list[Row]) -> str:
    """Filtered, a column a selectivity: speed, ratio to raw faiss, recall; then the slowest to unfiltered."""
    raw = {row.case: row for row in rows if row.who == RAW}
    plain = {(row.data, row.who): row for row in rows if row.kind == "all" and row.target == 0.95}
    shares = sorted({row.share for row in rows if row.constants}, reverse=True)
    groups: dict[tuple[str, str, str, str], dict[float, Row]] = {}
    for row in rows:
        if row.constants:
            groups.setdefault((row.data, row.kind, row.constants, row.who), {})[row.share] = row
    lines = []
    for (data, kind, constants, who), found in groups.items():
        own = plain.get((data, who.removesuffix(" + btree")))
        slowest = min(row.rate for row in found.values())
        cells = [filter_cell(found[s], raw.get(found[s].case)) if s in found else "" for s in shares]
        lines.append((data, kind, constants, who, *cells, f"{slowest / own.rate:.2f}" if own else ""))
    heads = "|".join(f">{100 * share:g} %" for share in shares)
    return (
        "Queries per CPU-second, in brackets over raw faiss, then recall@10; bold: below the target.\n\n"
        + table(f"set|filter|constants|who|{heads}|>slowest / unfiltered", lines)
    )


def filter_cell(row: Row, raw: Row | None) -> str:
    """Return speed, ratio to raw and recall, and the share of short answers where there are any."""
    over = f" ({row.rate / raw.rate:.1f}x)" if raw is not None and raw is not row else ""
    found = f"{row.recall:.3f}" if row.reaches else f"**{row.recall:.3f}**"
    return f"{row.rate:,.0f}{over} {found}" + (f", {row.short:.0%} short" if row.short else "")


def as_of_table(rows: list[Row]) -> str:
    """The version before one row in a hundred was deleted, against now."""
    now = {(row.data, row.who): row for row in rows if row.kind == "now"}
    return table(
        "set|who|>AS OF against now|>recall@10 as of|>recall@10 now",
        (
            (row.data, row.who, ratio(row, now[row.data, row.who]), f"{row.recall:.3f}",
             f"{now[row.data, row.who].recall:.3f}")
            for row in rows
            if row.kind == "as of"
        ),
    )  # fmt: skip


def ratio(row: Row, other: Row | None) -> str:
    """Return how many times as fast a row is as another, and what the other lacks."""
    if other is None or other is row or not other.rate:
        return ""
    told = f"{row.rate / other.rate:.2f}"
    if not other.reaches:
        told += f" (it reaches {math.floor(100 * other.recall) / 100:.2f})"
    return told
