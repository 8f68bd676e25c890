"""Make `format_1.tar.xz` and its kin: a database as the last VQL of a format wrote it, and what it
answered.

    python tests/storage/make_formats.py FORMAT

takes that version from the repository's history, runs it in a folder of its own and packs up what it left.
`test_upgrade.py` opens the database with today's.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

COMMITS = {"1": "6fd204b", "2": "48b2a65", "3": "88dcbe9"}  # the last one of each
ROOT = Path(__file__).parents[2]
QUERIES = (
    "SELECT id, brand, price, v FROM t {} ORDER BY id",
    "SELECT id FROM t {} WHERE brand = 'b3' ORDER BY id",
    "SELECT id FROM t {} WHERE brand = 'b3' AND price > 20 ORDER BY id",
    "SELECT id FROM t {} ORDER BY v <-> '[1,2,3,4]' LIMIT 7",
    "SELECT n, day, flags, parts FROM u {} ORDER BY n",
)
GONE = "SELECT a, b FROM gone {} ORDER BY a"


def make(folder: Path) -> None:
    """Make the database and `expected.json`; runs in that version alone."""
    import vql

    try:
        from vql.storage.upkeep import build
    except ImportError:
        from vql.storage import maintenance as build
    build.INDEX_ROWS_MIN = 50
    with vql.connect(folder / "db") as connection:
        connection.database.maintainer.in_background = False
        run = connection.execute
        run(
            "CREATE TABLE t (id bigint PRIMARY KEY, brand text, price real, v vector(4)) "
            "WITH (retention = 'forever')"
        )
        run("CREATE TABLE u (n serial, day date, flags bit(3), parts text[]) WITH (retention = 'forever')")
        run("CREATE TABLE gone (a int, b text) WITH (retention = 'forever')")
        run("CREATE INDEX ON t USING flat (v)")
        run("CREATE INDEX ON t (brand)")
        run("CREATE INDEX ON t (brand, price)")
        for i in range(200):
            vector = [i % 7, i % 5, i % 3, i / 10]
            run("INSERT INTO t VALUES (?, ?, ?, ?)", (i, f"b{i % 9}", float(i % 40), vector))
        run("VACUUM t")  # a sealed segment and its indexes
        run("CREATE SNAPSHOT sealed")
        versions = [connection.database.store.version()]
        run("DELETE FROM t WHERE id < 20")
        run("UPDATE t SET brand = 'b3', price = NULL WHERE id IN (30, 31)")
        run("INSERT INTO t VALUES (1000, NULL, 21, NULL), (1001, 'b3', 21.5, '[1,2,3,4]')")
        run("INSERT INTO u (day, flags, parts) VALUES ('2026-01-01', '101', '{a,b}'), (NULL, NULL, NULL)")
        run("INSERT INTO gone VALUES (1, 'x'), (2, NULL)")
        versions.append(connection.database.store.version())
        run("DROP TABLE gone")
        run("INSERT INTO u (parts) VALUES ('{}')")
        versions.append(connection.database.store.version())
        moments = ["", "AS OF SNAPSHOT 'sealed'", *(f"AS OF VERSION {version}" for version in versions)]
        asked = [query.format(moment) for query in QUERIES for moment in moments]
        asked.append(GONE.format(f"AS OF VERSION {versions[1]}"))
        answers = [[query, [[str(cell) for cell in row] for row in run(query).fetchall()]] for query in asked]
    (folder / "expected.json").write_text(json.dumps(answers, indent=0))


def main(written: str) -> None:
    """Take the old version out of history, have it make the database and pack it up."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "source"
        source.mkdir()
        archived = subprocess.run(
            ["git", "archive", COMMITS[written]], cwd=ROOT, check=True, stdout=subprocess.PIPE
        )
        subprocess.run(["tar", "-x", "-C", str(source)], input=archived.stdout, check=True)
        subprocess.run(
            [sys.executable, __file__, "in", name],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(source)},
            check=True,
        )
        archive = Path(__file__).with_name(f"format_{written}.tar.xz")
        with tarfile.open(archive, "w:xz") as packed:
            for part in ("db", "expected.json"):
                packed.add(folder / part, part, filter=plain)
    print(f"{archive.name}: {archive.stat().st_size:,} bytes")


def plain(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Leave out lock files, and who made the rest and when."""
    if entry.name.endswith("-lock"):
        return None
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = ""
    return entry


if __name__ == "__main__":
    make(Path(sys.argv[2])) if sys.argv[1] == "in" else main(sys.argv[1])
