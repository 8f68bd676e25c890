"""Media and limits: read-only disks, little address space, few open files, other systems' pages and calls."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import lmdb
import numpy as np
import pytest
from statements import rows

import vql
from vql.session.database import check
from vql.storage.files.blobfile import allocate

MAKE = """
import sys, numpy as np, vql
with vql.connect(sys.argv[1]) as c:
    c.execute("CREATE TABLE IF NOT EXISTS t (id int PRIMARY KEY, s text, v vector(8))")
    n = len(c.execute("SELECT id FROM t").fetchall())
    texts = ["x" * 3000 if i == 5 else f"s{i}" for i in range(12000)]
    vectors = np.random.default_rng(n).random((12000, 8), np.float32)
    c.insert("t", {"id": np.arange(n, n + 12000), "s": texts, "v": vectors})
    c.execute("CREATE INDEX IF NOT EXISTS b ON t (s)")
    c.execute("CREATE TABLE IF NOT EXISTS near (id int PRIMARY KEY, v vector(8))")
    c.execute("CREATE INDEX IF NOT EXISTS i ON near USING hnsw (v vector_l2_ops) WITH (m = 4)")
    c.insert("near", {"id": np.arange(n, n + 3000), "v": vectors[:3000]})
    c.execute("INSERT INTO t VALUES (?, 'one', NULL)", (-n - 1,))
    c.execute("DELETE FROM t WHERE id = ?", (n + 7,))
    c.execute("VACUUM")
    found = c.execute("SELECT id, s FROM t").fetchall()
    print(len(found), min(found)[0], max(len(s) for _, s in found))
    print(len(c.execute("SELECT id FROM near ORDER BY v <-> '[1,1,1,1,1,1,1,1]' LIMIT 5").fetchall()))
"""
CHECK = """
from vql.session.database import check
print(check(sys.argv[1]))
"""

DISK_BYTES = 64 << 20


def run(code, *arguments, before=None, **environment):
    """Run code in a process of its own; return what it printed."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    around = {**os.environ, **environment}
    done = subprocess.run(command, capture_output=True, text=True, env=around, preexec_fn=before, timeout=170)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture
def read_only(tmp_path, full):
    """The place where a database can be read and not written, and where it can."""
    seen = tmp_path / "seen"
    seen.mkdir()
    for how in ("--bind", "-oremount,bind,ro"):
        command = ["mount", how, str(full.parent), str(seen)]
        if subprocess.run(command, capture_output=True, timeout=30).returncode:
            pytest.skip("cannot mount a folder once more")
    yield seen / full.name
    subprocess.run(["umount", "-l", str(seen)], check=True, timeout=30)


def test_a_read_only_disk_is_read_and_not_written(full, read_only):
    query = "SELECT id, brand FROM t ORDER BY v <-> '[1,2,3,4,5,6,7,8]' LIMIT 5"
    with vql.connect(full) as connection:
        before = rows(connection, query)
    with vql.connect(read_only) as connection:
        assert rows(connection, query) == before
        assert rows(connection, "SELECT brand FROM t WHERE id = 200") == [("y",)]
        assert rows(connection, "SELECT count(*) FROM t AS OF SNAPSHOT 'whole'") == [(20_000,)]
        assert rows(connection, "SELECT count(*) FROM t AS OF now()") == [(19_902,)]
        assert connection.database.scrubber.run() == []
        for sql in ("INSERT INTO t VALUES (-7, 'x', NULL)", "CREATE TABLE u (a int)", "VACUUM",
                    "DELETE FROM t WHERE id = 200", "CREATE SNAPSHOT s"):  # fmt: skip
            with pytest.raises(vql.Error) as caught:
                connection.execute(sql)
            assert caught.value.sqlstate == "25006" and caught.value.hint, sql
        assert check(read_only) == []
    assert check(read_only) == []
    with pytest.raises(vql.Error) as caught:
        vql.connect(read_only.with_name("new"))
    assert caught.value.sqlstate == "58030"
    with vql.connect(full) as connection:
        connection.execute("INSERT INTO t VALUES (-7, 'x', NULL)")


def test_a_database_that_lacks_what_came_later_is_read_on_a_read_only_disk(full, read_only):
    environment = lmdb.open(str(full / "main.mdb"), subdir=False, max_dbs=20, map_size=DISK_BYTES)
    with environment.begin(write=True) as transaction:
        transaction.drop(environment.open_db(b"transactions", transaction))
    environment.close()
    with vql.connect(read_only) as connection:
        assert rows(connection, "SELECT pg_current_snapshot()::text") == [("3:3:",)]
        assert rows(connection, "SELECT count(*) FROM t") == [(19_902,)]


def test_little_address_space_is_enough(tmp_path):
    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))

    path = tmp_path / "db"
    for _ in range(2):
        said = run(MAKE, path, before=limit, OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
    assert said == "24000 -12001 3000\n5\n"
    assert check(path) == []


FEW_FILES = """
import os, resource, sys, numpy as np, vql, faiss
import vql.executor.bridge.duck
def tried(work):
    try:
        work()
    except vql.Error as error:
        print(error.sqlstate, bool(error.hint))
    else:
        print("ok")
c = vql.connect(sys.argv[1])
c.execute("CREATE TABLE t (id int PRIMARY KEY, v vector(4))")
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
for room in range(4):
    held = []
    while True:
        try:
            held.append(os.open("/dev/null", os.O_RDONLY))
        except OSError:
            break
    for _ in range(room):
        os.close(held.pop())
    ids = np.arange(12000) + (room + 1) * 100000
    zeros = np.zeros((12000, 4), np.float32)
    for work in (
        lambda: c.execute("INSERT INTO t VALUES (?, NULL)", (room,)),
        lambda: c.insert("t", {"id": ids, "v": zeros}),
        lambda: c.execute("VACUUM t"),
        lambda: vql.connect(sys.argv[1] + "2"),
        lambda: c.execute("SELECT id FROM t ORDER BY v <-> '[1,2,3,4]' LIMIT 3").fetchall(),
    ):
        tried(work)
    for descriptor in held:
        os.close(descriptor)
c.execute("INSERT INTO t VALUES (99, NULL)")
c.execute("VACUUM t")
c.close()
"""


def test_too_few_open_files_are_an_error_of_ours(tmp_path):
    path = tmp_path / "db"
    said = run(FEW_FILES, path).splitlines()
    assert len(said) == 20 and set(said) <= {"ok", "53000 True"} and said.count("53000 True") > 3
    assert check(path) == []


OPENED_WITH_FEW_FILES = """
import os, resource, sys, vql, duckdb
def tried(work):
    try:
        work()
    except vql.Error as error:
        print(error.sqlstate, bool(error.hint))
    else:
        print("ok")
    while held:
        os.close(held.pop())
def leave(room):
    try:
        while True:
            held.append(os.open("/dev/null", os.O_RDONLY))
    except OSError:
        for _ in range(room):
            os.close(held.pop())
held = []
resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))
with vql.connect(sys.argv[1]) as c:
    c.execute("SELECT count(*) FROM pg_class")
for room in range(20):
    leave(room)
    tried(lambda: vql.connect(sys.argv[1]).close())
    leave(room)
    tried(lambda: vql.connect(f"{sys.argv[1]}{room}").close())
    with vql.connect(sys.argv[1]) as c:
        leave(room)
        tried(lambda: c.execute("SELECT count(*) FROM pg_class").fetchall())
"""


def test_each_number_of_open_files_that_is_too_few_to_open_a_database(tmp_path):
    said = run(OPENED_WITH_FEW_FILES, tmp_path / "db").splitlines()
    assert len(said) == 60 and set(said) == {"ok", "53000 True"} and said[-3:] == ["ok"] * 3


def test_a_file_that_may_not_be_read_is_an_error_of_ours(full, monkeypatch):
    """As root everything may be read: the system call says no."""
    real = open

    def refuse(path, *arguments, **named):
        if str(path).startswith(f"{full}/segments"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *arguments, **named)

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(vql.Error) as caught:
        with vql.connect(full) as connection:
            rows(connection, "SELECT * FROM t")
    assert caught.value.sqlstate == "58030" and caught.value.hint and "Permission denied" in str(caught.value)


def test_blocks_are_allocated_without_posix_fallocate(tmp_path, monkeypatch):
    """Also those of a file that is as long already, as LMDB makes its map: writing to a hole on a full disk
    ends the process."""
    monkeypatch.delattr(os, "posix_fallocate")
    size = 1 << 20
    with open(tmp_path / "f", "wb+") as file:
        allocate(file.fileno(), size)
        assert os.fstat(file.fileno()).st_blocks * 512 >= size
        file.truncate(0)
        file.write(b"what is there stays" * 1_000)
        file.truncate(size)
        file.flush()
        allocate(file.fileno(), size)
        assert os.fstat(file.fileno()).st_blocks * 512 >= size
        file.seek(0)
        assert file.read(19_000) == b"what is there stays" * 1_000
        assert not any(file.read())


def test_a_system_without_posix_fallocate(tmp_path, disk, monkeypatch):
    monkeypatch.delattr(os, "posix_fallocate")
    path = disk / "db"
    with vql.connect(path) as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, v vector(64))")
        for start in (0, 20_000):
            ids = np.arange(start, start + 20_000)
            connection.insert("t", {"id": ids, "v": np.ones((20_000, 64), np.float32)})
        with pytest.raises(vql.Error) as caught:
            for start in range(40_000, 400_000, 20_000):
                ids = np.arange(start, start + 20_000)
                connection.insert("t", {"id": ids, "v": np.ones((20_000, 64), np.float32)})
        assert caught.value.sqlstate == "53100"
        assert rows(connection, "SELECT count(*) FROM t") == [(start,)]
    assert check(path) == []


def test_a_system_with_pages_of_16_kib(tmp_path):
    """Made, read, merged and checked with large pages, then with those of here, and the other way round."""
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("needs a C compiler")
    library = tmp_path / "pages.so"
    source = Path(__file__).with_name("pages_16k.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(source)], check=True)
    for path, large in ((tmp_path / "a", (True, False)), (tmp_path / "b", (False, True))):
        for number, preload in enumerate(large):
            environment = {"LD_PRELOAD": str(library)} if preload else {}
            said = run(MAKE + CHECK, path, **environment)
            count = 12_000 * (number + 1)
            assert said == f"{count} {-count + 11_999} 3000\n5\n[]\n"
        assert check(path) == []
    assert (tmp_path / "a" / "main.mdb").read_bytes()[40:44] == (16_384).to_bytes(4, "little")


def test_a_damaged_clock_is_no_damage(full):
    (full / "clock").write_bytes(b"\xff" * 16)
    with vql.connect(full) as connection:
        connection.execute("INSERT INTO t VALUES (-9, 'x', NULL)")
        assert rows(connection, "SELECT brand FROM t AS OF now() WHERE id = -9") == [("x",)]
    assert check(full) == []
