"""`python -m bench.run`: VQL embedded against raw faiss HNSW, ratios first, a plot at the end.

Recall@10 and queries per CPU-second, one query at a time, one thread, same process: unfiltered at two
targets, under filters of 50, 10, 1 and 0.1 % (independent of the vectors, and picking rows far from
the query), and AS OF a version before deletes. Raw faiss takes the smallest effort that reaches the
target, VQL is only told `SET vql.recall`.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

import faiss
import numpy as np

from bench.contestants import EFFORTS, RawHnsw, Search, Vql, measured
from bench.plot import draw
from bench.report import Row, print_report
from bench.sets import SELECTIVITIES, K, VectorSet, load_sets, recall, truth

METHODS = ("auto", "hnsw")
TARGETS = (0.95, 0.99)


def main() -> None:
    """Run the benchmark on the sets that are there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", help="names of prepared sets; all that are there otherwise")
    parser.add_argument("--data", type=Path, default=Path(".data"), help="folder of the prepared sets")
    parser.add_argument("--keep", type=Path, help="keep the databases in this folder and use them again")
    parser.add_argument("--out", type=Path, default=Path("bench/out"), help="folder of plot and table")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    rows: list[Row] = []
    for data in load_sets(options.data, options.sets):
        with tempfile.TemporaryDirectory() as temporary:
            rows += run_set(data, options.keep or Path(temporary))
    print_report(rows, options.out / "bench.md")
    print(f"plot: {draw(rows, options.out / 'bench.png')}")


def run_set(data: VectorSet, folder: Path) -> list[Row]:
    """Measure every contestant on one set."""
    base, queries, far = data.searchable()
    cases: list[tuple[str, float, str, np.ndarray | None, np.ndarray, np.ndarray]] = [
        ("all", 1.0, "", None, data.queries, queries)
    ]
    for share in SELECTIVITIES:
        bound = int(share * 1000)
        cases.append(("random", share, f"WHERE bucket < {bound}", data.bucket < bound, data.queries, queries))
        cases.append(("far", share, f"WHERE side < {bound}", data.side < bound, data.far_queries, far))
    rows: list[Row] = []
    cores = os.cpu_count() or 1
    note(f"{data.name}: building raw faiss HNSW")
    raw = RawHnsw(base, cores)
    stores = {}
    for method in METHODS:
        note(f"{data.name}: loading and building {method}")
        stores[method] = Vql(folder / data.name.replace(" ", "-") / method, data, method)
    print(f"{data.name}: build seconds, {cores} threads: raw {raw.build_s:.1f}, "
          + ", ".join(f"{m} {s.build_s:.1f}" for m, s in stores.items()))  # fmt: skip
    for kind, share, where, mask, given, searchable in cases:
        exact = truth(base, searchable, mask)
        for target in TARGETS if kind == "all" else TARGETS[:1]:
            note(f"{data.name}: {kind} {share:g} at recall {target}")
            reference = raw_row(raw, data.name, kind, share, target, mask, base, searchable, exact)
            rows.append(reference)
            for method, store in stores.items():
                store.connection.execute(f"SET vql.recall = {target}")
                name, search = f"vql {method}", store.search(where)
                rows.append(
                    timed(name, search, data.name, kind, share, target, base, searchable, given, exact)
                )
    rows += as_of_rows(data, stores, base, queries)
    for store in stores.values():
        store.close()
    return rows


def raw_row(
    raw: RawHnsw, name: str, kind: str, share: float, target: float, mask: np.ndarray | None,
    base: np.ndarray, queries: np.ndarray, exact: np.ndarray,
) -> Row:  # fmt: skip
    """Measure raw faiss at the smallest effort that reaches the target, or its best."""
    for effort in EFFORTS:
        search = raw.search(effort, mask)
        reached = recall(base, queries[:200], [search(query) for query in queries[:200]], exact[:200])
        if reached >= target:
            break
    return timed("raw faiss HNSW", search, name, kind, share, target, base, queries, queries, exact)


def timed(
    who: str, search: Search, name: str, kind: str, share: float, target: float, base: np.ndarray,
    searchable: np.ndarray, given: np.ndarray, exact: np.ndarray,
) -> Row:  # fmt: skip
    """Measure one contestant on one case."""
    found, rate = measured(search, given)
    short = sum(len(ids) < exact.shape[1] for ids in found) / len(found)
    return Row(name, kind, share, target, who, recall(base, searchable, found, exact), rate, short)


def as_of_rows(data: VectorSet, stores: dict[str, Vql], base: np.ndarray, queries: np.ndarray) -> list[Row]:
    """Delete one row in a hundred, then compare now with the version before."""
    rows: list[Row] = []
    gone = data.bucket >= 990
    now, before = truth(base, queries, ~gone), truth(base, queries, None)
    for method, store in stores.items():
        store.connection.execute("SET vql.recall = 0.95")
        (version,) = store.connection.execute("SELECT vql_version()").fetchone() or (0,)
        deleted = store.connection.execute("DELETE FROM items WHERE bucket >= 990").rowcount
        if not deleted:
            note(f"{method}: rows were deleted by an earlier run; AS OF is left out")
            continue
        for kind, tail, exact in (("now", "", now), ("as of", f"AS OF VERSION {version}", before)):
            rows.append(
                timed(f"vql {method}", store.search(tail=tail), data.name, kind, 1.0, 0.95, base, queries,
                      data.queries, exact)
            )  # fmt: skip
    return rows


def note(text: str) -> None:
    """Tell what is being done."""
    print(f"# {text}", flush=True)


if __name__ == "__main__":
    faiss.omp_set_num_threads(1)
    assert K == 10
    main()
