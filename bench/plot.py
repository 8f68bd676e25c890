"""One picture of a run: queries per CPU-second by selectivity, a panel a set."""

from __future__ import annotations

from pathlib import Path

from bench.report import Row

COLOURS = {"raw faiss HNSW": "#888888", "vql auto": "#d1495b", "vql hnsw": "#30638e"}


def draw(rows: list[Row], path: Path) -> Path:
    """Draw the run; solid lines are random filters, dotted ones pick rows far from the query."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    names = list(dict.fromkeys(row.data for row in rows))
    figure, axes = pyplot.subplots(1, len(names), figsize=(5.5 * len(names), 4.4), squeeze=False)
    for axis, name in zip(axes[0], names, strict=True):
        for who, colour in COLOURS.items():
            for kind, style in (("random", "-"), ("far", ":")):
                points = sorted(
                    (row.share, row.rate, row.recall)
                    for row in rows
                    if row.data == name
                    and row.who == who
                    and row.kind in ("all", kind)
                    and row.target == 0.95
                )
                shares = [100 * point[0] for point in points]
                label = who if kind == "random" else None
                axis.plot(shares, [p[1] for p in points], style, color=colour, label=label, marker="o", ms=3)
                for share, rate, reached in points:
                    if reached < 0.94:
                        axis.annotate(f"{reached:.2f}", (100 * share, rate), fontsize=7, color=colour)
        axis.set(xscale="log", yscale="log", title=name, xlabel="rows that pass, %")
        axis.grid(alpha=0.3, which="both")
    axes[0][0].set_ylabel("queries per CPU-second, recall@10 >= 0.95")
    axes[0][0].legend(fontsize=8, title="solid: random filter, dotted: far from the query", title_fontsize=7)
    figure.tight_layout()
    figure.savefig(path, dpi=130)
    return path
