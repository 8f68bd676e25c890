"""What the storage tests share: a database of every kind of file, and looking at it."""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pytest

import vql
from vql import limits


@pytest.fixture
def full(tmp_path, template):
    """A closed database with two segments, an index, a delta, deletes and a named snapshot."""
    return shutil.copytree(template, tmp_path / "db")


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """The database that `full` copies: its index takes seconds to build."""
    path = tmp_path_factory.mktemp("template") / "db"
    generator = np.random.default_rng(5)
    n = limits.BULK_ROWS_MIN
    with vql.connect(path) as connection:
        connection.execute("CREATE TABLE t (id bigint PRIMARY KEY, brand text, v vector(8))")
        brands = [f"b{i % 7}" for i in range(n)]
        for start in (0, n):
            vectors = generator.random((n, 8), dtype="f4")
            connection.insert("t", {"id": np.arange(start, start + n), "brand": brands, "v": vectors})
        connection.execute("CREATE INDEX ON t USING hnsw (v vector_l2_ops)")
        connection.execute("CREATE INDEX ON t (brand)")
        connection.execute("CREATE SNAPSHOT whole")
        connection.execute("DELETE FROM t WHERE id < 100")
        connection.execute("INSERT INTO t VALUES (-1, 'x', NULL), (-2, NULL, '[1,2,3,4,5,6,7,8]')")
        connection.execute("UPDATE t SET brand = 'y' WHERE id = 200")
    return path


@pytest.fixture
def disk(tmp_path, request):
    """A small file system of its own, of the DISK_BYTES of the test's module."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={request.module.DISK_BYTES}", "tmpfs", str(folder)]
    try:
        made = subprocess.run(command, capture_output=True, text=True, timeout=30)
    except OSError as error:
        pytest.skip(f"cannot mount a tmpfs: {error}")
    if made.returncode:
        pytest.skip(f"cannot mount a tmpfs: {made.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True, timeout=30)
