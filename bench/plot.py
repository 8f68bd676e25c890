"""Two pictures of a run: recall against speed, and selectivity against speed; a panel a set."""

from __future__ import annotations

import math
from pathlib import Path

from bench.report import Row

COLOURS = {
    "raw faiss HNSW": "#777777", "vql auto": "#c1272d", "vql auto + btree": "#e8833a", "vql hnsw": "#1f5f99",
    "Qdrant Edge": "#8e44ad", "zvec": "#2e8b57", "pgvector": "#2c7fb8", "LanceDB": "#b8860b",
    "Chroma": "#e377c2", "HeliosDB Nano": "#17becf", "Milvus Lite": "#8c6d31", "sqlite-vec": "#9acd32",
    "DuckDB vss": "#444444",
}  # fmt: skip
SPARE = ("#5254a3", "#637939", "#ad494a", "#7b4173", "#3182bd")
MARKS = "osD^vP*X<>ph"
SHORT = 0.94


def draw_recall(rows: list[Row], path: Path) -> Path | None:
    """Draw queries per CPU-second over recall reached, without a filter; recall is spread towards 1."""
    shown = [row for row in rows if row.kind == "all" and row.recall > 0.5]
    if not shown:
        return None
    figure, panels = canvas(sorted({row.data for row in shown}))
    for name, axis in panels.items():
        for who, style in styles(shown).items():
            points = frontier([(r.recall, r.rate) for r in shown if r.data == name and r.who == who])
            if points:
                spread = [stretched(recall) for recall, _ in points]
                axis.plot(spread, [rate for _, rate in points], label=who, **style)
        ticks = [0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 1.0]
        axis.set_xticks([stretched(tick) for tick in ticks], [f"{tick:g}" for tick in ticks], fontsize=8)
        axis.set_xlim(stretched(0.75), stretched(1) + 0.1)
        axis.set(yscale="log", title=name, xlabel="recall@10 reached")
    return finish(figure, panels, path, "no filter")


def draw_selectivity(rows: list[Row], path: Path, kinds: tuple[str, ...] = ("random", "far")) -> Path | None:
    """Draw queries per CPU-second over the share of rows that pass, fresh constants, at recall 0.95.

    Solid lines are the first kind of filter, dotted ones the second. Hollow points miss the recall.
    """
    shown = [
        row for row in rows
        if row.target == 0.95 and (row.kind == "all" or (row.kind in kinds and row.constants == "fresh"))
    ]  # fmt: skip
    names = sorted({row.data for row in shown if row.kind != "all"})
    if not names:
        return None
    figure, panels = canvas(names)
    for name, axis in panels.items():
        for who, style in styles(shown).items():
            of_all = [row for row in shown if row.data == name and row.who == who.removesuffix(" + btree")]
            for kind, line in zip(kinds, ("-", ":"), strict=False):
                own = [row for row in shown if (row.data, row.who, row.kind) == (name, who, kind)]
                if not own:
                    continue
                points = sorted(own + [row for row in of_all if row.kind == "all"], key=lambda row: row.share)
                label = who if line == "-" else None
                axis.plot([100 * row.share for row in points], [row.rate for row in points],
                          label=label, **{**style, "linestyle": line, "marker": ""})  # fmt: skip
                for row in points:
                    face = style["color"] if row.recall >= SHORT else "white"
                    axis.plot(100 * row.share, row.rate, marker=style["marker"], markersize=4.5,
                              color=style["color"], markerfacecolor=face)  # fmt: skip
        axis.set(xscale="log", yscale="log", title=name, xlabel="rows that pass, %")
        shares = sorted({100 * row.share for row in shown})
        axis.set_xticks(shares, [f"{share:g}" for share in shares], fontsize=8)
        axis.minorticks_off()
    told = f"solid: {kinds[0]} filter" + (f", dotted: {kinds[1]}" if len(kinds) > 1 else "")
    return finish(figure, panels, path, f"{told}\nhollow: recall@10 below {SHORT}")


def frontier(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the points that none beats in recall and speed, by recall."""
    kept: list[tuple[float, float]] = []
    for point in sorted(points, reverse=True):
        if not kept or point[1] > kept[-1][1]:
            kept.append(point)
    return kept[::-1]


def stretched(recall: float) -> float:
    """Return where a recall stands on an axis that gives each further nine as much room."""
    return -math.log10(max(1 - recall, 2e-4))


def styles(rows: list[Row]) -> dict[str, dict[str, object]]:
    """Give each contestant its colour and mark; VQL's lines are drawn last and thicker."""
    names = sorted({row.who for row in rows}, key=lambda who: (who.lower().startswith("vql"), who))
    spare = iter(SPARE * 4)
    return {
        who: {
            "color": COLOURS.get(who) or next(spare),
            "marker": MARKS[number % len(MARKS)],
            "markersize": 4.5,
            "linewidth": 2.2 if who.lower().startswith("vql") else 1.2,
        }
        for number, who in enumerate(names)
    }


def canvas(names: list[str]):  # type: ignore[no-untyped-def]
    """Return a figure and a panel for each set, three in a row."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    across = min(3, math.ceil(math.sqrt(len(names))))
    down = -(-len(names) // across)
    figure, axes = pyplot.subplots(down, across, figsize=(4.6 * across + 1.6, 3.9 * down), squeeze=False)
    for axis in axes.flat[len(names) :]:
        axis.set_visible(False)
    return figure, dict(zip(names, axes.flat, strict=False))


def finish(figure, panels, path: Path, told: str) -> Path:  # type: ignore[no-untyped-def]
    """Put one legend beside the panels and write the picture."""
    from matplotlib import pyplot

    handles: dict[str, object] = {}
    for axis in panels.values():
        axis.grid(alpha=0.25, which="major")
        handles |= dict(zip(*reversed(axis.get_legend_handles_labels()), strict=True))
        axis.set_ylabel("queries per CPU-second", fontsize=9)
    names = list(reversed(handles))
    figure.legend(
        [handles[name] for name in names], names, loc="center left", bbox_to_anchor=(1.0, 0.5),
        fontsize=9, title=told, title_fontsize=8,
    )  # fmt: skip
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120, bbox_inches="tight")
    figure.clear()
    pyplot.close(figure)
    return path
