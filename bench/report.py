"""Tables of a run: ratios to raw faiss first, then what was measured."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

RAW = "raw faiss HNSW"


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement: `rate` in queries per CPU-second, `short` the share of short answers."""

    data: str
    kind: str
    share: float
    target: float
    who: str
    recall: float
    rate: float
    short: float


def print_report(rows: list[Row], path: Path) -> None:
    """Print the table and keep it as Markdown."""
    lines = [
        "| data | case | target | who | ratio to raw | recall@10 | queries/CPU-s | short answers |",
        "|---|---|--:|---|--:|--:|--:|--:|",
    ]
    raw = {(r.data, r.kind, r.share, r.target): r for r in rows if r.who == RAW}
    now = {(r.data, r.who): r for r in rows if r.kind == "now"}
    for row in rows:
        other = raw.get((row.data, row.kind, row.share, row.target))
        if row.kind == "as of":
            other = now[row.data, row.who]
        ratio = "" if other is None or other is row else f"{row.rate / other.rate:.2f}"
        if ratio and other is not None and other.recall < row.target - 0.01:
            ratio += f" (raw only reaches {other.recall:.2f})"
        case = row.kind if row.share == 1.0 else f"{row.kind} {row.share:.1%}"
        ratio += " of now" if row.kind == "as of" else ""
        lines.append(
            f"| {row.data} | {case} | {row.target:g} | {row.who} | {ratio} | {row.recall:.3f} "
            f"| {row.rate:,.0f} | {row.short:.1%} |"
        )
    print("\n".join(lines))
    path.write_text("\n".join(lines) + "\n")
