"""Damage a database a thousand times: `python -m tests.storage.damage [TRIALS] [SEED]`.

Each trial copies a database of every kind of file, damages one file of it (bits flipped, a page of zeros, cut
short, emptied, removed, another file in its place) and opens it in a process of its own. Whatever happens
must be an answer or an error of ours with an SQLSTATE, in a bound of memory; what is answered after the
scrub must be right. Ends with status 1 where something was not; prints each such case, and how often which
outcome came.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

import numpy as np

import vql
from vql.storage.index.dense import index as _  # noqa: F401 - faiss is loaded before the processes are forked
from vql.storage.segments import indexes, segment
from vql.storage.upkeep import scrub

DIM, ROWS, K = 16, 24_000, 10
# What is believed when it is opened, so that small files stand for large ones.
BELIEVED_BYTES = 64 << 10
RECALL_MIN = 0.7
TRIAL_SECONDS = 300.0
# A whole database takes 350 MiB: nothing that stands in a damaged file says how much is allocated.
PEAK_MIB_MAX = 700
QUERIES = np.random.default_rng(5).standard_normal((6, DIM)).astype(np.float32)
EXACT = (
    "SELECT id, a, s FROM t ORDER BY id",
    "SELECT count(*), min(s), max(a) FROM t",
    "SELECT id FROM t WHERE a = 77 ORDER BY id",
    "SELECT s, v FROM t WHERE id = 5000",
    "SELECT a FROM t WHERE id = 24033",
    "SELECT id, a FROM t AS OF SNAPSHOT 'one' ORDER BY id",
    "SELECT id, v FROM t WHERE id IN (3, 500, 11999, 24010) ORDER BY id",
    "SELECT id, x FROM small ORDER BY id",
    "SELECT x FROM small WHERE id = 7",
)
NEAREST = (
    "SELECT id, v <-> ? FROM t ORDER BY v <-> ? LIMIT 10",
    "SELECT id, v <-> ? FROM t WHERE a < 60 ORDER BY v <-> ? LIMIT 10",
)
WRITES = (
    "INSERT INTO t VALUES (5000, 1, 'x', NULL)",
    "UPDATE small SET x = 'y' WHERE id = 7",
    "CREATE TABLE more (a int)",
    "VACUUM",
)


def make(path: Path) -> None:
    """Make the database: sealed and growing rows, a graph, lists, scalar indexes, deletes, a snapshot."""
    generator = np.random.default_rng(3)
    with vql.connect(path) as connection:
        run = connection.execute
        run(
            f"CREATE TABLE t (id int PRIMARY KEY, a int, s text, v vector({DIM})) "
            "WITH (retention = '30 days')"
        )
        for start in (0, ROWS // 2):
            count = ROWS // 2
            connection.insert("t", {
                "id": np.arange(start, start + count), "a": generator.integers(0, 500, count),
                "s": [f"text {i % 9000}" for i in range(count)],
                "v": generator.standard_normal((count, DIM), np.float32),
            })  # fmt: skip
        run("CREATE INDEX ON t USING hnsw (v vector_l2_ops)")
        run("CREATE INDEX ON t USING ivfflat (v vector_cosine_ops) WITH (lists = 20)")
        run("CREATE INDEX ON t (a)")
        run("DELETE FROM t WHERE id % 50 = 3")
        run("UPDATE t SET a = a + 1000 WHERE id < 100")
        run("CREATE SNAPSHOT one")
        for i in range(60):
            run(
                "INSERT INTO t VALUES (?, ?, ?, ?)", [ROWS + i, i, f"new {i}", generator.standard_normal(DIM)]
            )
        run("DELETE FROM t WHERE id BETWEEN 400 AND 430")
        run("CREATE TABLE small (id int PRIMARY KEY, x text)")
        run("INSERT INTO small SELECT i, 'x' || i FROM generate_series(1, 200) i")


def asked(connection: vql.Connection) -> list[object]:
    """Return the answer to each question, or its SQLSTATE behind an exclamation mark."""
    found: list[object] = []
    for sql in EXACT:
        found.append(outcome(lambda sql=sql: repr(connection.execute(sql).fetchall())))
    for sql in (*NEAREST, *(each.replace("<->", "<=>") for each in NEAREST)):
        for q in QUERIES:
            found.append(outcome(lambda sql=sql, q=q: connection.execute(sql, [q, q]).fetchall()))
    return found


def outcome(work: Callable[[], object]) -> object:
    """Return what work gives, or the SQLSTATE of the error it raises."""
    try:
        return work()
    except vql.Error as error:
        return f"!{error.sqlstate}"


def is_right(answer: object, truth: object) -> bool:
    """Whether an answer is right: the same, or so many nearest rows with their true distances."""
    if isinstance(answer, str) or isinstance(truth, str):
        return answer == truth
    assert isinstance(answer, list) and isinstance(truth, list)
    far = truth[-1][1]
    near = [row for row in answer if row[1] <= far * (1 + 1e-6)]
    ordered = all(a[1] <= b[1] for a, b in zip(answer, answer[1:], strict=False))
    return len(answer) == len(truth) and ordered and len(near) >= RECALL_MIN * len(truth)


def damage(path: Path, base: Path, generator: random.Random) -> str:
    """Damage one file of a copy of `base`; return what was done."""
    files = sorted(f for f in path.rglob("*") if f.is_file() and f.name != "main.mdb-lock")
    main = path / "main.mdb"
    file = main if generator.random() < 0.35 else generator.choice(files)
    size = file.stat().st_size
    kinds = ("flip", "flip", "flip", "flips", "page", "pages", "cut", "empty", "remove", "swap", "foreign")
    kind = generator.choice(kinds if size else ("remove", "swap"))
    name = file.relative_to(path)
    match kind:
        case "flip" | "flips":
            with open(file, "r+b") as opened:
                for _ in range(1 if kind == "flip" else 64):
                    at = generator.randrange(size)
                    opened.seek(at)
                    byte = opened.read(1)
                    opened.seek(at)
                    opened.write(bytes([byte[0] ^ (1 << generator.randrange(8))]))
        case "page" | "pages":
            with open(file, "r+b") as opened:
                for _ in range(1 if kind == "page" else 8):
                    opened.seek(generator.randrange(max(1, size // 4096)) * 4096)
                    opened.write(bytes(min(4096, size)))
        case "cut":
            os.truncate(file, generator.choice([generator.randrange(size), max(0, size - 4096), 4096, 8192]))
        case "empty":
            os.truncate(file, 0)
        case "remove":
            file.unlink()
        case "swap":
            shutil.copyfile(generator.choice([f for f in files if f != file]), file)
        case "foreign":
            file.write_bytes(generator.randbytes(max(size, 100)))
    return f"{kind} {name.parent if name.parent != Path('.') else name}"


def trial(path: Path, believed: bool, write: int) -> None:
    """Open and ask, before the scrub and after it; write what came as lines of JSON."""
    if believed:
        segment.VECTOR_BYTES_MAX = segment.CREATED_BYTES_MAX = BELIEVED_BYTES
        indexes.PROPOSALS_BYTES_MAX = BELIEVED_BYTES
    report: dict[str, object] = {}
    try:
        try:
            with vql.connect(path) as connection:
                report["before"] = asked(connection)
                report["scrub"] = connection.database.scrubber.run()
                report["after"] = asked(connection)
                report["writes"] = [
                    outcome(lambda sql=sql: connection.execute(sql).rowcount) for sql in WRITES
                ]
        except vql.Error as error:
            report["refused"] = error.sqlstate
    except BaseException as error:
        report["raw"] = f"{type(error).__name__}: {error}"
    os.write(write, json.dumps(report, default=str).encode())


def in_process(work: Callable[[int], None]) -> tuple[str, dict[str, object]]:
    """Run work in a process of its own that has so long; return how it ended, what it wrote, and how much
    memory it came to hold."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        work(write)
        os._exit(0)
    os.close(write)
    raw, deadline, hung = b"", time.monotonic() + TRIAL_SECONDS, False
    os.set_blocking(read, False)
    while True:
        try:
            step = os.read(read, 1 << 20)
            if not step:
                break
            raw += step
        except BlockingIOError:
            if time.monotonic() > deadline:
                os.kill(child, 9)
                hung = True
                break
            time.sleep(0.002)
    os.close(read)
    status, usage = os.wait4(child, 0)[1:]
    if hung or status:
        return "hung" if hung else f"status {os.waitstatus_to_exitcode(status)}", {}
    return "ended", {**json.loads(raw or "{}"), "peak_mib": usage.ru_maxrss >> 10}


def verdict(ended: str, report: dict[str, object], truth: Sequence[object]) -> str:
    """Say in a few words how a trial went; capital letters where it should not."""
    if ended != "ended" or "raw" in report:
        return f"RAW {report.get('raw', ended)}"
    if cast(int, report["peak_mib"]) > PEAK_MIB_MAX:
        return f"MEMORY {report['peak_mib']} MiB"
    if "refused" in report:
        return f"refused {report['refused']}"
    answers = report["after"]
    assert isinstance(answers, list)
    wrong = [
        i for i, (answer, right) in enumerate(zip(answers, truth, strict=True))
        if not (isinstance(answer, str) and answer.startswith("!")) and not is_right(answer, right)
    ]  # fmt: skip
    if wrong:
        return f"WRONG {wrong}"
    states = sorted({str(answer) for answer in answers if isinstance(answer, str) and answer.startswith("!")})
    if set(states) - {"!XX001"}:
        return f"STATES {states}"
    return "XX001 of some" if states else "all right, damage found" if report["scrub"] else "all right"


def main(trials: int, seed: int) -> int:
    """Run the trials; return 1 where one went wrong."""
    scrub.BEGIN_SECONDS = 3600.0
    generator = random.Random(seed)
    folder = Path(tempfile.mkdtemp(dir="/dev/shm" if os.path.isdir("/dev/shm") else None))
    base, copy = folder / "base", folder / "copy"
    try:
        in_process(lambda write: make(base))
        shutil.copytree(base, copy)
        ended, report = in_process(lambda write: trial(copy, False, write))
        truth = report.get("after")
        assert ended == "ended" and isinstance(truth, list) and not report["scrub"], (ended, report)
        tally: Counter[str] = Counter()
        failed = peak_mib = 0
        for number in range(trials):
            shutil.rmtree(copy)
            shutil.copytree(base, copy)
            done, believed = damage(copy, base, generator), generator.random() < 0.5
            ended, report = in_process(lambda write, believed=believed: trial(copy, believed, write))
            said = verdict(ended, report, truth)
            peak_mib = max(peak_mib, cast(int, report.get("peak_mib", 0)))
            tally[f"{done}: {said.split(' [')[0]}"] += 1
            if said[:3].isupper() and not said.startswith("XX001"):
                failed += 1
                print(f"trial {number} ({'believed' if believed else 'read'}): {done}: {said}", flush=True)
        for text, count in sorted(tally.items()):
            print(f"{count:6} {text}")
        print(f"{trials} trials, seed {seed}: {failed} wrong answers or raw errors; {peak_mib} MiB at most")
        return 1 if failed else 0
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    sys.exit(main(given[0] if given else 1000, given[1] if len(given) > 1 else random.randrange(10**9)))
