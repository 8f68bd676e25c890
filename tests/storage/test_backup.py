"""Backups: of one moment, beside whoever writes, whole or not there, and no file copied twice."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys

import pytest
import workload
from forked import CONTEXT, exit_code
from statements import rows

import vql
from vql import limits
from vql.errors import DataCorrupted, DiskFull, Error
from vql.session.cluster import make_cluster
from vql.session.copies.backups import backup, kept_generations, sources
from vql.session.database import check
from vql.storage.backup.generations import generation_name, generations
from vql.storage.files import failpoint
from vql.storage.upkeep.orphans import remove_orphans

DISK_BYTES = 8 << 20
POINTS = ["after-metastore", "before-copies", "after-copies", "before-generation", "after-generation"]


def made(path, folder, keep=None):
    return backup(path, folder, lambda phase, fraction: None, keep)


def files(path):
    return {
        file.name: file.stat().st_ino for part in ("segments", "indexes") for file in (path / part).iterdir()
    }


def test_backups_beside_a_writer_are_each_of_one_version(tmp_path):
    path, folder, model, pasts = tmp_path / "db", tmp_path / "kept", workload.Model(), []
    ours, theirs = CONTEXT.Pipe()
    child = CONTEXT.Process(target=workload.work, args=(path, 11, theirs, "", None, 90))
    child.start()
    theirs.close()
    assert ours.recv()[0] == "ready"
    pending, acknowledged = None, 0
    while True:
        try:
            said, value = ours.recv()
        except EOFError:
            break
        if said == "intent":
            pending = value
        elif said == "done":
            model.rows = model.after(pending)
            model.past[value] = model.rows
            acknowledged += 1
            if acknowledged % 12 == 0:
                taken = made(path, folder).made
                assert taken.version >= value
                pasts.append(taken)
    child.join(60)
    assert child.exitcode == 0 and len(pasts) >= 4 and generations(folder) == pasts
    for taken in pasts:
        assert check(taken.path) == []
        last = max(version for version in model.past if version <= taken.version)
        assert workload.stored(taken.path, [last]) == {None: model.past[last], last: model.past[last]}


def test_what_an_earlier_generation_has_is_not_copied_again(full, tmp_path):
    first = made(full, tmp_path / "kept")
    with vql.connect(full) as connection:
        connection.execute("INSERT INTO t VALUES (-7, 'z', NULL)")
        second = made(full, tmp_path / "kept")
        connection.execute("VACUUM t")
        third = made(full, tmp_path / "kept")
    assert first.linked == 0 and first.copied > 0
    assert second.copied == 0 and files(second.made.path) == files(first.made.path)
    assert third.copied > 0
    assert [check(each.path) for each in generations(tmp_path / "kept")] == [[], [], []]
    counts = []
    for each in generations(tmp_path / "kept"):
        with vql.connect(each.path) as connection:
            counts += rows(connection, "SELECT count(*) FROM t WHERE id = -7")
    assert counts == [(0,), (1,), (1,)]


def test_a_generation_is_never_written_to(full, tmp_path):
    path = made(full, tmp_path / "kept").made.path
    before = sorted(os.listdir(path))
    with vql.connect(path) as connection:
        assert rows(connection, "SELECT count(*) FROM t WHERE id < 0") == [(2,)]
        with pytest.raises(Error) as raised:
            connection.execute("DELETE FROM t")
        assert raised.value.sqlstate == "25006"
    assert check(path) == [] and sorted(os.listdir(path)) == before


def test_the_newest_generations_are_kept(full, tmp_path):
    names = [made(full, tmp_path / "kept").made.name for _ in range(3)]
    fourth = made(full, tmp_path / "kept", keep=2)
    assert fourth.removed == names[:2]
    assert [each.name for each in generations(tmp_path / "kept")] == [names[2], fourth.made.name]
    assert [check(each.path) for each in generations(tmp_path / "kept")] == [[], []]


def test_files_stay_while_they_are_copied(full, tmp_path):
    seen = []

    def merge_meanwhile(phase, fraction):
        if not seen:
            seen.append(phase)
            with vql.connect(full) as other:
                other.execute("UPDATE t SET brand = 'other' WHERE id % 2 = 0")
                other.execute("VACUUM t")
                remove_orphans(other.database.store, -1)

    with vql.connect(full) as connection:
        connection.execute("DROP INDEX t_v_idx")  # takes longest to build anew
        before = files(full)
        taken = backup(full, tmp_path / "kept", merge_meanwhile).made
        assert before.keys() <= files(full).keys()
        remove_orphans(connection.database.store, -1)
        assert not before.keys() <= files(full).keys()
    assert check(taken.path) == [] and check(full) == []


def dying_backup(path, folder, point):
    failpoint.ARMED.arm(point)
    made(path, folder, 1)


@pytest.mark.parametrize("point", [*POINTS, "before-prune"])
def test_a_backup_that_is_killed_is_whole_or_not_there(full, tmp_path, point):
    folder = tmp_path / "kept"
    first = made(full, folder).made
    with vql.connect(full) as connection:
        connection.execute("CREATE TABLE u (id int)")
        connection.insert("u", {"id": list(range(limits.BULK_ROWS_MIN))})  # a file at once
    assert exit_code(dying_backup, full, folder, point) == -signal.SIGKILL
    there = generations(folder)
    assert len(there) == {"after-generation": 2}.get(point, 1)
    assert (there[0] == first) == (point != "before-prune")
    assert [check(each.path) for each in there] == [[]] * len(there)
    last = made(full, folder, 1)
    assert generations(folder) == [last.made] and check(last.made.path) == []
    # What was copied and verified before is not copied again.
    assert (last.copied == 0) == (point not in ("after-metastore", "before-copies"))
    assert sorted(os.listdir(folder)) == [".lock", last.made.name]


def test_a_backup_on_a_full_disk_leaves_those_that_are_there(disk, full):
    with vql.connect(disk / "small") as connection:
        connection.execute("CREATE TABLE t (id int)")
    with pytest.raises(DiskFull) as raised:
        made(full, disk / "kept")
        while True:
            with vql.connect(full) as connection:
                connection.execute("INSERT INTO t SELECT max(id) + 1, 'x', NULL FROM t")
            made(full, disk / "kept")
    assert raised.value.hint
    there = generations(disk / "kept")
    assert sorted(os.listdir(disk / "kept")) == [".lock", *(each.name for each in there)]
    assert there and [check(each.path) for each in there] == [[]] * len(there)
    made(full, disk.parent / "elsewhere")


def test_a_damaged_file_is_not_backed_up(full, tmp_path):
    first = made(full, tmp_path / "kept").made
    with vql.connect(full) as connection:
        connection.execute("UPDATE t SET brand = 'n' WHERE id < 5000")
        connection.execute("VACUUM t")
    new = max((full / "segments").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    content = bytearray(new.read_bytes())
    content[len(content) // 2] ^= 1
    new.write_bytes(content)
    with pytest.raises(DataCorrupted) as raised:
        made(full, tmp_path / "kept")
    assert f"segments/{new.name}" in raised.value.message
    assert generations(tmp_path / "kept") == [first] and check(first.path) == []


@pytest.mark.parametrize("what", ["inside", "linked", "used", "other", "file", "databases"])
def test_a_folder_of_something_else_is_refused(full, tmp_path, what):
    folder = full / "inside" if what == "inside" else tmp_path / "kept"
    if what == "linked":
        (tmp_path / "link").symlink_to(full)
        folder = tmp_path / "link" / "inside"
    elif what == "databases":
        make_cluster(folder, "shop")
    elif what == "used":
        folder.mkdir()
        (folder / "letter").touch()
    elif what == "file":
        folder.touch()
    elif what == "other":
        vql.connect(tmp_path / "another").close()
        made(tmp_path / "another", folder)
    with pytest.raises(Error) as raised:
        made(full, folder)
    assert raised.value.sqlstate == {"other": "58P02"}.get(what, "58P01")


def test_a_folder_of_backups_is_no_source(full, tmp_path):
    made(full, tmp_path / "kept")
    with pytest.raises(Error) as raised:
        sources(tmp_path / "kept", tmp_path / "other")
    assert raised.value.sqlstate == "58P01"


def test_one_backup_at_a_time(full, tmp_path):
    seen = []

    def another(phase, fraction):
        if not seen:
            with pytest.raises(Error) as raised:
                seen.append(phase)
                made(full, tmp_path / "kept")
            assert raised.value.sqlstate == "55006"

    backup(full, tmp_path / "kept", another)
    assert seen and len(generations(tmp_path / "kept")) == 1


def test_the_command_backs_up_a_folder_of_databases(tmp_path, full):
    make_cluster(tmp_path / "data", "a")
    full.rename(tmp_path / "data" / "b")
    kept = tmp_path / "kept"
    command = [
        sys.executable,
        "-m",
        "vql.shell.main",
        "backup",
        str(tmp_path / "data"),
        str(kept),
        "--keep",
        "1",
    ]
    for _ in range(2):
        done = subprocess.run(command, capture_output=True, text=True, timeout=100)
        assert (done.returncode, done.stderr) == (0, "")
    assert len(re.findall(r"(\d+) of \1 files were there", done.stdout)) == 2
    assert done.stdout.count("removed") == 2
    assert [each.path.parent.name for each in kept_generations(kept)] == ["a", "b"]
    assert sources(tmp_path / "data", kept) == [(tmp_path / "data" / name, kept / name) for name in "ab"]
    command = [sys.executable, "-m", "vql.shell.main", "check", str(kept)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stdout.count("no problems found")) == (0, 2)


def test_a_moment_names_a_generation():
    assert generation_name(1_795_794_414_000_007) == "20261127T154654.000007Z"
