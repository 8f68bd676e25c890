"""Files belong to the database that wrote them: another main.mdb neither reads nor removes them."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import lmdb
import numpy as np
import pytest
from statements import rows

import vql
from vql.errors import DataCorrupted
from vql.session.database import check


@pytest.fixture
def made(tmp_path):
    return make(tmp_path / "db")


def make(path):
    """A database with a segment, its index, and a delta; files as old as any that a crash has left."""
    with vql.connect(path) as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, v vector(2))")
        connection.insert("t", {"id": np.arange(20_000), "v": np.zeros((20_000, 2), np.float32)})
        connection.execute("CREATE INDEX ON t (id)")
        connection.execute("INSERT INTO t VALUES (-1, NULL)")
    for file in files(path):
        os.utime(path / file, (time.time() - 10_000,) * 2)
    return path


def files(path):
    return sorted(
        f"{part}/{file.name}" for part in ("segments", "indexes") for file in (path / part).iterdir()
    )


def empty(path):
    os.truncate(path / "main.mdb", 0)


def segment_file(path):
    shutil.copyfile(path / files(path)[-1], path / "main.mdb")


def other_lmdb(path):
    (path / "main.mdb").unlink()
    with lmdb.open(str(path / "main.mdb"), subdir=False, max_dbs=2) as environment:
        with environment.begin(write=True) as transaction:
            transaction.put(b"a", b"1", db=environment.open_db(b"other", transaction))


def empty_lmdb(path):
    (path / "main.mdb").unlink()
    lmdb.open(str(path / "main.mdb"), subdir=False, max_dbs=2).close()


def other_database(path):
    with vql.connect(path.with_name("other")) as connection:
        connection.execute("CREATE TABLE t (id int)")
        connection.execute("INSERT INTO t VALUES (7)")
    shutil.copyfile(path.with_name("other") / "main.mdb", path / "main.mdb")


@pytest.mark.parametrize("with_identity", [True, False], ids=["", "identity lost"])
@pytest.mark.parametrize("replace", [empty, segment_file, other_lmdb, empty_lmdb, other_database])
def test_another_main_is_refused_and_nothing_is_changed(made, replace, with_identity):
    before = files(made)
    if not with_identity:
        (made / "identity").unlink()
    kept = (made / "main.mdb").read_bytes()
    replace(made)
    swapped = (made / "main.mdb").read_bytes()
    assert len(before) == 2 and check(made)
    for _ in range(2):
        with pytest.raises(DataCorrupted) as caught:
            vql.connect(made)
        assert caught.value.sqlstate == "XX001" and "main.mdb" in caught.value.message
    assert files(made) == before and (made / "identity").exists() == with_identity
    if replace is segment_file or replace is other_lmdb:
        assert (made / "main.mdb").read_bytes() == swapped
    (made / "main.mdb").write_bytes(kept)
    with vql.connect(made) as connection:
        assert rows(connection, "SELECT count(*) FROM t") == [(20_001,)]
    assert check(made) == []


def test_a_database_that_is_all_in_main_is_not_made_anew_either(tmp_path):
    path = tmp_path / "db"
    with vql.connect(path) as connection:
        connection.execute("CREATE TABLE t (id int)")
    empty(path)
    with pytest.raises(DataCorrupted):
        vql.connect(path)
    assert check(path)


def test_files_of_another_database_are_never_swept(made):
    other = make(made.with_name("other"))
    strange = [shutil.copy(other / file, made / file) for file in files(other)]
    own = next(file for file in map(made.joinpath, files(made)) if str(file) not in map(str, strange))
    left = own.with_name(f"{own.stem[:-4]}0000.mdb")
    shutil.copy(own, left)
    for file in (*map(Path, strange), left):
        os.utime(file, (time.time() - 10_000,) * 2)
    with vql.connect(made) as connection:
        connection.execute("VACUUM")
    assert not left.exists() and all(Path(file).exists() for file in strange)


def test_a_damaged_identity_is_written_anew(made):
    whole = (made / "identity").read_bytes()
    (made / "identity").write_bytes(b"0" + whole[1:] if whole[:1] != b"0" else b"1" + whole[1:])
    with vql.connect(made) as connection:
        assert rows(connection, "SELECT count(*) FROM t") == [(20_001,)]
    assert (made / "identity").read_bytes() == whole


def test_a_new_database_is_durable_with_its_folders(tmp_path, monkeypatch):
    """What is synced, and in which order: each folder that was made has its parent synced."""
    synced = []
    sync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda d: (synced.append(os.readlink(f"/proc/self/fd/{d}")), sync(d)))
    path = tmp_path / "a" / "b" / "db"
    vql.connect(path).close()
    for folder in (tmp_path, tmp_path / "a", tmp_path / "a" / "b"):
        assert str(folder) in synced
    assert synced[-1] == str(path) and "identity" in synced[-2]
