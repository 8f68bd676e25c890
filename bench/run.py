"""`python -m bench.run`: VQL embedded against raw faiss HNSW in one process, one query at a time.

Recall@10 and queries per CPU-second, on one thread, ratios first. Raw faiss gets the least of finely
graded efforts that reaches the target on the very queries that are timed; VQL is only told `SET vql.recall`.
Parts: `speed` (two targets, every index method, build and files), `curve` (more targets, for the plot),
`filters` (six selectivities; see cases.py), `asof`. What is measured is kept in OUT/run.json; the tables
and plots are made of everything there, so that sets may be run one by one.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
from pathlib import Path

import faiss

from bench.build import build, build_seconds
from bench.cases import KINDS, SHARES, Case, filtered, unfiltered
from bench.measure import Bench, Search, files_bytes, least_effort, note
from bench.peers.raw_hnsw import RawHnsw
from bench.peers.vql_embedded import VqlEmbedded, place, stored
from bench.plot import draw_recall, draw_selectivity
from bench.report import (
    HAND_PICKED,
    RAW,
    Row,
    as_of_table,
    choice_table,
    filter_table,
    keep_rows,
    speed_table,
    table,
)
from bench.sets import VectorSet, load_sets

METHODS = ("auto", *HAND_PICKED)
TARGETS = (0.95, 0.99)
CURVE = (0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)
PARTS = ("speed", "curve", "filters", "asof")
FILTERED_METHODS = ("auto", "hnsw")


def main() -> None:
    """Run the parts on the sets, then make the tables and plots."""
    options = arguments()
    builds = options.out / "builds.json"
    for data in load_sets(options.data, options.sets, options.rows):
        with tempfile.TemporaryDirectory() as temporary:
            contest = Contest(data, options.keep or Path(temporary), options)
            keep_builds(builds, data.name, contest.builds())
            for part in options.parts:
                rows = getattr(contest, part)()
                everything = keep_rows(options.out / "run.json", rows)
                write_report(everything, json.loads(builds.read_text()), options.out)
            contest.close()
    print((options.out / "bench.md").read_text())


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "sets", nargs="*", help="prepared or generated sets; all prepared and the million otherwise"
    )
    parser.add_argument("--data", type=Path, default=Path(".data"), help="folder of the prepared sets")
    parser.add_argument("--keep", type=Path, help="keep the databases in this folder and use them again")
    parser.add_argument("--out", type=Path, default=Path("bench/out"), help="folder of tables and plots")
    parser.add_argument("--rows", type=int, help="at most so many rows of each set")
    parser.add_argument("--queries", type=int, default=300, help="queries of each case")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--kinds", nargs="+", choices=list(KINDS), default=["random", "inside", "far"])
    parser.add_argument(
        "--constants", nargs="+", choices=["fresh", "repeated"], default=["fresh", "repeated"]
    )
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    return options


class Contest:
    """One set: raw faiss in memory and a database for each index method."""

    def __init__(self, data: VectorSet, folder: Path, options: argparse.Namespace) -> None:
        self.bench, self.options, self.keep = Bench.of(data), options, folder
        dim = data.base.shape[1]
        methods = build(data, options.methods, options, folder)
        self.raw = RawHnsw(place(folder, data, "raw"), data.metric, dim)
        self.raw.open()
        self.stores = {method: stored(place(folder, data, method), data, method) for method in methods}
        faiss.omp_set_num_threads(1)

    def builds(self) -> list[tuple[str, float, float, float]]:
        """Return (method, seconds to build, files over raw vectors, the same without main.mdb)."""
        data = self.bench.data
        told = [(RAW, build_seconds(self.keep, data, "raw"), 0.0, 0.0)]
        for method in self.stores:
            folder, seconds = place(self.keep, data, method), build_seconds(self.keep, data, method)
            sizes = (files_bytes(folder), files_bytes(folder, "main.mdb"))
            told.append((f"vql {method}", seconds, *(size / data.base.nbytes for size in sizes)))
        return told

    def speed(self) -> list[Row]:
        """Every method without a filter, at two targets."""
        return self.targets(TARGETS, self.stores)

    def curve(self) -> list[Row]:
        """More targets, for the plot."""
        return self.targets(CURVE, {m: s for m, s in self.stores.items() if m in FILTERED_METHODS})

    def targets(self, targets: tuple[float, ...], stores: dict[str, VqlEmbedded]) -> list[Row]:
        case = unfiltered(self.bench.data, self.options.queries)
        rows = []
        for target in targets:
            rows += self.rows(case, target, {f"vql {method}": store for method, store in stores.items()})
        return rows

    def filters(self) -> list[Row]:
        """Six selectivities of each kind, fresh and repeated constants, without and with scalar indexes."""
        stores = {m: s for m, s in self.stores.items() if m in FILTERED_METHODS}
        rows = self.targets(TARGETS[:1], stores)
        cases = [
            filtered(self.bench.data, kind, share, constants, self.options.queries)
            for kind in self.options.kinds
            for share in SHARES
            for constants in self.options.constants
        ]
        for case in cases:
            rows += self.rows(case, 0.95, {f"vql {method}": store for method, store in stores.items()})
        auto = stores.get("auto")
        if auto is None:
            return rows
        if auto.index_columns():
            for case in cases:
                rows += self.rows(case, 0.95, {"vql auto + btree": auto}, with_raw=False)
            auto.drop_column_indexes()
        else:
            note("scalar indexes are not supported: left out")
        return rows

    def asof(self) -> list[Row]:
        """Delete one row in a hundred in a copy, then compare now with the version before."""
        data, rows = self.bench.data, []
        everything = unfiltered(data, self.options.queries)
        # Present rows are those of a window of the same values.
        present = filtered(data, "random", 0.99, "repeated", self.options.queries)
        window = present.window(0)
        assert window is not None
        for method, store in self.stores.items():
            if method not in FILTERED_METHODS:
                continue
            folder = place(self.keep, data, f"{method}-as-of")
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(place(self.keep, data, method), folder)
            copy = VqlEmbedded(folder, data.metric, data.base.shape[1], method)
            copy.open()
            copy.tune(0.95)
            (version,) = copy.connection.execute("SELECT vql_version()").fetchone() or (0,)
            copy.connection.execute(
                "DELETE FROM items WHERE bucket < ? OR bucket >= ?", (window.low, window.high)
            )
            before = VqlEmbedded(folder, data.metric, data.base.shape[1], method)
            before.connection = copy.connection
            before.prepare(f"AS OF VERSION {version}")
            # Both are asked without a condition; `present` only says what is true now.
            searches: dict[str, Search] = {
                "now": lambda query, _, store=copy: store.search(query, None),  # type: ignore[misc]
                "as of": lambda query, _, store=before: store.search(query, None),  # type: ignore[misc]
            }
            rates = self.bench.rates(searches, everything)
            for kind, case in (("now", present), ("as of", everything)):
                got = self.bench.scored(searches[kind], case)
                rows.append(
                    Row(data.name, kind, 1.0, "", 0.95, f"vql {method}", got.recall, got.short, rates[kind])
                )
            copy.close()
            shutil.rmtree(folder)
        return rows

    def rows(
        self, case: Case, target: float, stores: dict[str, VqlEmbedded], with_raw: bool = True
    ) -> list[Row]:
        """Measure raw faiss and some stores on one case."""
        name = self.bench.data.name
        searches: dict[str, Search] = {}
        efforts = dict.fromkeys(stores, f"{target:g}")
        if with_raw:
            effort = least_effort(self.raw.ladders[0], lambda e: self.raw_recall(case, e), target)
            self.raw.tune(effort)
            searches[RAW], efforts[RAW] = self.raw.search, str(effort)
        for who, store in stores.items():
            store.tune(target)
            searches[who] = store.search
        scores = {who: self.bench.scored(search, case) for who, search in searches.items()}
        rates = self.bench.rates(searches, case)
        rows = [
            Row(name, case.kind, case.share, case.constants, target, who, scores[who].recall,
                scores[who].short, rate, efforts[who])
            for who, rate in rates.items()
        ]  # fmt: skip
        told = ", ".join(f"{row.who} {row.rate:,.0f} at {row.recall:.3f}" for row in rows)
        note(f"{name}: {case.kind} {case.share:g} {case.constants} {target:g}: {told}")
        assert not any(score.wrong for score in scores.values()), "a row that does not pass the filter"
        return rows

    def raw_recall(self, case: Case, effort: object) -> float:
        """Return what raw faiss finds with an effort."""
        self.raw.tune(effort)
        return self.bench.scored(self.raw.search, case).recall

    def close(self) -> None:
        """Close the databases."""
        for store in self.stores.values():
            store.close()


def keep_builds(path: Path, name: str, builds: list[tuple[str, float, float, float]]) -> None:
    """Keep what building took, by set."""
    kept = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps({**kept, name: builds}, indent=1))


def write_report(
    rows: list[Row], builds: dict[str, list[tuple[str, float, float, float]]], out: Path
) -> None:
    """Write bench.md and the plots."""
    lines = []
    for name, told in builds.items():
        raw_s = told[0][1]
        for who, seconds, whole, part in told:
            sizes = (f"{whole:.2f}", f"{part:.2f}") if whole else ("", "")
            lines.append((name, who, f"{seconds:.1f}", f"{raw_s / seconds:.1f}", *sizes))
    parts = {
        "Against raw faiss HNSW, without a filter": speed_table(rows),
        "`auto` against the best method picked by hand": choice_table(rows),
        "Filters, at recall 0.95": filter_table(rows),
        "AS OF against now": as_of_table(rows),
        f"Building, {os.cpu_count()} threads, and files on disk": table(
            "set|who|>seconds|>times as fast as raw|>files / raw vectors|>without main.mdb", lines
        ),
    }
    text = "\n".join(f"## {title}\n\n{body}" for title, body in parts.items())
    (out / "bench.md").write_text(text)
    draw_recall(rows, out / "recall.png")
    draw_selectivity(rows, out / "selectivity.png")


if __name__ == "__main__":
    main()
