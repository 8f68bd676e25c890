"""What a session keeps between statements does not keep merged files on the disk."""

import gc
from pathlib import Path

import numpy as np
import pytest

import vql
from vql.storage.upkeep import scrub

ROWS, PARTS = 5_000, 8


def deleted_maps(folder):
    """Return the maps of files in a folder that are gone."""
    gc.collect()
    lines = Path("/proc/self/maps").read_text().splitlines()
    return [line for line in lines if f"{folder}/segments" in line and line.endswith("(deleted)")]


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="/proc tells what is mapped")
def test_an_idle_session_gives_merged_files_back(tmp_path, monkeypatch):
    """Nor does a scrub that has begun before."""
    monkeypatch.setattr(scrub, "BEGIN_SECONDS", 3600.0)
    query = np.ones(8, np.float32)
    with vql.connect(tmp_path / "db") as connection, vql.connect(tmp_path / "db") as idle:
        connection.session.database.maintainer.in_background = False
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, v vector(8)) WITH (retention = '0')")
        rows = np.random.default_rng(1).standard_normal((PARTS * ROWS, 8), dtype=np.float32)
        for part in range(PARTS):
            ids = np.arange(part * ROWS, (part + 1) * ROWS)
            connection.insert("t", {"id": ids, "v": rows[ids]})
            if part == 1:
                connection.execute("SELECT id FROM t").fetchall()
                verified = connection.session.database.scrubber._files()
            for _ in range(3 if part == 1 else 0):
                idle.execute("SELECT id FROM t ORDER BY v <-> ? LIMIT 5", (query,)).fetchall()
                idle.execute("SELECT id FROM t WHERE id = ?", (part,)).fetchall()
            connection.session.database.maintainer.run(full=True)
            connection.execute("SELECT id FROM t WHERE id = 1").fetchall()
        assert len(list((tmp_path / "db" / "segments").iterdir())) < PARTS, "some are merged"
        assert deleted_maps(tmp_path / "db") == []
        assert verified[1] and connection.session.database.scrubber._blobs(verified[1]) == []
        assert len(idle.execute("SELECT id FROM t ORDER BY v <-> ? LIMIT 5", (query,)).fetchall()) == 5
