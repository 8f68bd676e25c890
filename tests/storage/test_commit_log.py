"""Nothing acknowledged is lost when the machine stops: whatever of the files the disk has by then."""

from __future__ import annotations

import contextlib
import gc
import os
import random
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import vql
from vql.session.database import Database, check
from vql.session.session import Session
from vql.storage.files import commit_log
from vql.storage.files.checkpoints import Checkpointer
from vql.storage.files.commit_log import CommitLog
from vql.storage.files.metastore import Metastore

SECTOR, PAGE = 512, 4096
Rows = dict[int, str]


class Disk:
    """What a disk may have when the machine stops: of each file what was synced and, of what was written
    since, any sectors and pages, as they were at any time since."""

    def __init__(self, folder: Path, images: Path, seed: int) -> None:
        self.folder = folder
        self.images = images
        self.random = random.Random(seed)
        self.synced: dict[str, bytes] = {}
        self.written: dict[str, list[bytes]] = {}
        # By image: the rows that had been acknowledged, and those of the commit under way.
        self.made: list[tuple[Path, Rows, Rows]] = []
        self.rows: Rows = {}
        self.next_rows: Rows = {}

    def has_synced(self, name: str) -> None:
        """Note that a file is on the disk as it is."""
        self.synced[name] = (self.folder / name).read_bytes()
        self.written[name] = []

    def look(self) -> None:
        """Note what files are now, and stop the machine, now and then."""
        for name in ("main.mdb", "main.wal"):
            if (self.folder / name).exists():
                self.written.setdefault(name, []).append((self.folder / name).read_bytes())
        if self.random.random() < 0.2:
            self.stop()

    def stop(self) -> None:
        """Make the folder that the disk has."""
        image = self.images / f"{len(list(self.images.iterdir()))}"
        shutil.copytree(self.folder, image)
        for name, unit in (("main.mdb", PAGE), ("main.wal", SECTOR)):
            states = [self.synced.get(name, b""), *self.written.get(name, ())]
            states = [states[0], *self.random.choices(states, k=2), states[-1]]
            (image / name).write_bytes(self.mixed(states, unit))
        self.made.append((image, dict(self.rows), dict(self.next_rows)))

    def mixed(self, states: list[bytes], unit: int) -> bytes:
        """Return a file each unit of which is that of any state."""
        parts = []
        for start in range(0, max(map(len, states)), unit):
            parts.append(self.random.choice(states)[start : start + unit].ljust(unit, b"\0"))
        return b"".join(parts)


@pytest.fixture
def disk(tmp_path, monkeypatch):
    """A disk that looks at each step of commits and checkpoints, which come often and in their threads."""
    (tmp_path / "images").mkdir()
    disk = Disk(tmp_path / "db", tmp_path / "images", 0)
    monkeypatch.setattr(commit_log, "RECORDS_COUNT", 5)
    monkeypatch.setattr(commit_log, "OVERDUE", 1)
    monkeypatch.setattr(Checkpointer, "wake", lambda self: None)
    sync, write = os.fdatasync, os.pwrite

    def synced(descriptor: int) -> None:
        disk.look()
        sync(descriptor)
        disk.has_synced(Path(os.readlink(f"/proc/self/fd/{descriptor}")).name)
        disk.look()

    def written(descriptor: int, data: bytes, start: int) -> int:
        half = len(data) // 2
        write(descriptor, data[:half], start)
        disk.look()
        return half + write(descriptor, data[half:], start + half)

    sync_of = Metastore._sync

    def sync_main(metastore: Metastore) -> None:
        disk.look()
        sync_of(metastore)
        disk.has_synced("main.mdb")
        disk.look()

    monkeypatch.setattr(os, "fdatasync", synced)
    monkeypatch.setattr(os, "pwrite", written)
    monkeypatch.setattr(Metastore, "_sync", sync_main)
    yield disk
    monkeypatch.undo()


def reboot(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the machine have started anew."""
    monkeypatch.setattr(commit_log, "boot_id", lambda: b"another".ljust(48, b"\0"))


def rows_of(folder: Path) -> Rows:
    with vql.connect(folder, create=False) as connection:
        return dict(connection.execute("SELECT id, x FROM t").fetchall())


def change(session: Session, generator: random.Random, rows: Rows) -> Rows:
    """Make a change of some kind in a transaction of its own, still to be committed; return the rows then."""
    rows, number = dict(rows), generator.randrange(10_000)
    match generator.choice(["insert", "insert", "many", "update", "delete", "columns"]):
        case "insert":
            rows[number] = f"r{number}" * generator.choice([1, 1, 300])
            session.run("DELETE FROM t WHERE id = ?", (number,))
            session.run("INSERT INTO t VALUES (?, ?)", (number, rows[number]))
        case "many":
            session.run(f"INSERT INTO t SELECT g, 'm' FROM generate_series({number}, {number + 40}) g "
                        "ON CONFLICT (id) DO UPDATE SET x = 'm'")  # fmt: skip
            rows |= dict.fromkeys(range(number, number + 41), "m")
        case "update":
            session.run("UPDATE t SET x = x || 'u' WHERE id % 3 = 0")
            rows = {i: x + "u" if i % 3 == 0 else x for i, x in rows.items()}
        case "delete":
            session.run("DELETE FROM t WHERE id % 4 = ?", (number % 4,))
            rows = {i: x for i, x in rows.items() if i % 4 != number % 4}
        case "columns":
            session.run(f"CREATE TABLE c{number} (a int)")
            session.run(f"DROP TABLE c{number}")
    return rows


@pytest.mark.parametrize("seed", range(4))
def test_whatever_the_disk_has_when_the_machine_stops(disk: Disk, monkeypatch, seed):
    disk.random.seed(seed)
    generator = random.Random(seed)
    database = Database.open(disk.folder)
    session = Session(database)
    session.run("CREATE TABLE t (id int PRIMARY KEY, x text)")
    disk.has_synced("main.wal")
    disk.has_synced("main.mdb")
    disk.made.clear()
    for _ in range(40):
        session.run("BEGIN")
        disk.next_rows = change(session, generator, disk.rows)
        session.run("COMMIT")
        disk.rows = disk.next_rows
        disk.look()
    session.close()
    database.close()
    monkeypatch.undo()
    reboot(monkeypatch)
    images = disk.random.sample(disk.made, min(len(disk.made), 25))
    assert len(images) == 25
    for image, rows, next_rows in images:
        found = rows_of(image)
        assert found in (rows, next_rows)
        assert check(image) == []
        assert rows_of(image) == found


@pytest.mark.parametrize("seed", range(3))
def test_of_loose_commits_the_disk_has_the_first_so_many(disk: Disk, monkeypatch, seed):
    """None that was acknowledged before the last one that is not loose is lost."""
    disk.random.seed(seed)
    generator = random.Random(seed)
    database = Database.open(disk.folder)
    session = Session(database)
    session.run("CREATE TABLE t (id int PRIMARY KEY, x text)")
    disk.has_synced("main.wal")
    disk.has_synced("main.mdb")
    disk.made.clear()
    histories, history = [], [disk.rows]  # since the last commit that is not loose
    for _ in range(60):
        is_loose = generator.random() < 0.8
        session.run("BEGIN")
        session.run(f"SET LOCAL synchronous_commit = {'off' if is_loose else 'on'}")
        disk.next_rows = change(session, generator, disk.rows)
        history = [*history, disk.next_rows]
        session.run("COMMIT")
        disk.rows = disk.next_rows
        histories += [history] * (len(disk.made) - len(histories))
        if not is_loose:
            history = history[-1:]
        disk.look()
        histories += [history] * (len(disk.made) - len(histories))
    session.close()
    database.close()
    histories += [history] * (len(disk.made) - len(histories))
    monkeypatch.undo()
    reboot(monkeypatch)
    lost = 0
    places = disk.random.sample(range(len(disk.made)), 25)
    for place in places:
        image, rows, next_rows = disk.made[place]
        found = rows_of(image)
        assert found in (next_rows, *histories[place])
        lost += found not in (rows, next_rows)
        assert check(image) == []
    assert lost


def test_loose_commits_are_durable_soon_and_at_the_end(tmp_path, monkeypatch):
    with vql.connect(tmp_path / "db") as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, x text)")
        connection.execute("SET synchronous_commit = off")
        connection.execute("INSERT INTO t VALUES (1, 'x')")
        log, flushed = connection.database.store.metastore._log, threading.Event()
        flush = log.flush
        monkeypatch.setattr(log, "flush", lambda: (flush(), flushed.set()))
        for number in range(2, 5):  # the first of a generation is synced
            connection.execute("INSERT INTO t VALUES (?, 'x')", (number,))
        assert flushed.wait(60)
        while log.is_loose:
            assert flushed.wait(60)
        passed_over = threading.Event()
        monkeypatch.setattr(log, "flush", passed_over.set)
        connection.execute("INSERT INTO t VALUES (5, 'x')")
        assert passed_over.wait(60) and log.is_loose
        flushed.clear()
        monkeypatch.setattr(log, "flush", lambda: (flush(), flushed.set()))
    assert flushed.is_set() and len(rows_of(tmp_path / "db")) == 5


@pytest.fixture
def filled(tmp_path, monkeypatch):
    """A database with some commits in its log, closed."""
    monkeypatch.setattr(Checkpointer, "wake", lambda self: None)
    with vql.connect(tmp_path / "db") as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, x text)")
        for number in range(10):
            connection.execute("INSERT INTO t VALUES (?, 'x')", (number,))
    return tmp_path / "db"


def test_a_log_that_ends_anywhere(filled, tmp_path, monkeypatch):
    """The base and a part of the log: LMDB's file may have nothing of it."""
    base = tmp_path / "base"
    base.mkdir()
    reboot(monkeypatch)
    with vql.connect(filled) as connection:  # which makes a checkpoint
        connection.execute("INSERT INTO t VALUES (10, 'x')")
        metastore = connection._session.database.store.metastore
        with metastore._gate.passed():
            metastore._log.checkpoint()
        shutil.copy(filled / "main.mdb", base)
        start = metastore._log._end
        for number in range(11, 14):
            connection.execute("INSERT INTO t VALUES (?, 'x')", (number,))
        end = metastore._log._end
    monkeypatch.undo()
    whole = (filled / "main.wal").read_bytes()
    counts = set()
    for cut in [*range(start, end, 97), end - 1, end]:
        shutil.copy(base / "main.mdb", filled / "main.mdb")
        (filled / "main.wal").write_bytes(whole[:cut] + b"\xa5" * 300)
        counts.add(len(rows_of(filled)))
        assert check(filled) == []
    assert counts == {11, 12, 13, 14}


def rebooted(folder: Path) -> None:
    """Let the log be of another start of the machine, for other processes too."""
    raw = bytearray((folder / "main.wal").read_bytes())
    for place in (0, commit_log.HEADER_BYTES):
        header = commit_log.newest_header(bytes(raw[place : place + commit_log.HEADER_BYTES]))
        if header is not None:
            packed = header._replace(boot=b"another").packed()
            raw[place : place + len(packed)] = packed
    (folder / "main.wal").write_bytes(raw)


def test_recovery_that_is_cut_short_begins_again(filled):
    environment = {**os.environ, "VQL_FAILPOINT": "before-recovery"}
    rebooted(filled)
    code = f"import vql; vql.connect({str(filled)!r})"
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True)
        assert done.returncode == -9, done.stderr
    assert len(rows_of(filled)) == 10


OPENER = """
import sys, time, vql
from vql.storage.files import metastore
look = metastore.is_recovered
def slowly(main):
    found = look(main)
    time.sleep(0.0 if found else 0.5)  # the others look, too
    return found
metastore.is_recovered = slowly
sys.stdin.readline()
print(len(vql.connect(sys.argv[1]).execute("SELECT FROM t").fetchall()))
"""


def test_of_many_that_open_at_once_one_recovers_and_the_others_wait(filled, monkeypatch):
    with vql.connect(filled) as connection:
        metastore = connection._session.database.store.metastore
        connection.execute("INSERT INTO t VALUES (20, 'x')")
        with metastore._gate.passed():
            metastore._log.checkpoint()
        base = (filled / "main.mdb").read_bytes()
        for number in range(30, 60):
            connection.execute("INSERT INTO t VALUES (?, 'x')", (number,))
    wal = (filled / "main.wal").read_bytes()
    for _ in range(2):
        command = [sys.executable, "-c", OPENER, str(filled)]
        openers = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(4)
        ]
        (filled / "main.mdb").write_bytes(base)
        (filled / "main.wal").write_bytes(wal)
        rebooted(filled)
        for opener in openers:
            assert opener.stdin is not None
            opener.stdin.write("go\n")
            opener.stdin.flush()
        assert [opener.communicate()[0] for opener in openers] == ["41\n"] * 4
    assert check(filled) == []


def test_where_a_commit_was_broken_off_the_log_is_read_again(tmp_path, monkeypatch):
    """Interrupted behind its record, while another process commits in its place."""
    main = tmp_path / "main.mdb"
    metastore = Metastore(main)
    command = [sys.executable, "-c", WRITER.replace("= 7, 1, 20", "= 700, 1, 20"), str(main)]
    other = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def theirs(name: str) -> None:
        assert other.stdin is not None and other.stdout is not None
        other.stdin.write(f"{name}\n")
        other.stdin.flush()
        assert other.stdout.readline() == "done\n"

    def ours(name: bytes) -> None:
        with metastore.write() as batch:
            batch.put("meta", name, b"")

    try:
        ours(b"key0")
        theirs("key1")
        base = main.read_bytes()  # with all pages of the last checkpoint
        ours(b"key2")
        with monkeypatch.context() as patch:
            patch.setattr(CommitLog, "give_up", lambda self: None)
            with pytest.raises(ZeroDivisionError), metastore.write() as batch:
                batch.put("meta", b"long", b"x" * 5000)
                metastore._log.append(batch._transaction.id(), batch.changes)
                raise ZeroDivisionError
        theirs("key3")
        ours(b"key4")
    finally:
        other.kill()
        other.wait()
        metastore.close()
    main.write_bytes(base)
    reboot(monkeypatch)
    recovered = Metastore(main)
    with recovered.read() as batch:
        found = [at.decode() for at, _ in batch.range("meta", b"key", b"key")]
    recovered.close()
    assert found == ["key0", "key1", "key2", "key3", "key4"]


def test_another_main_file_is_left_as_it_is(filled, tmp_path, monkeypatch):
    with vql.connect(tmp_path / "other") as connection:
        connection.execute("CREATE TABLE t (id int, x text)")
        for number in range(300):
            connection.execute("INSERT INTO t VALUES (?, 'y')", (number,))
    shutil.copy(filled / "main.mdb", tmp_path / "old.mdb")
    for start in (100, 200):  # each begins with a checkpoint
        with vql.connect(filled) as connection:
            for number in range(start, start + 100):
                connection.execute("INSERT INTO t VALUES (?, 'x')", (number,))
    monkeypatch.undo()
    reboot(monkeypatch)
    log = (filled / "main.wal").read_bytes()
    # One of before the log: what it says concerns the file that is gone.
    shutil.copy(tmp_path / "old.mdb", filled / "main.mdb")
    assert len(rows_of(filled)) == 10
    # One of another database, whose transactions are those of the log.
    other = (tmp_path / "other" / "main.mdb").read_bytes()
    (filled / "main.mdb").write_bytes(other)
    (filled / "main.wal").write_bytes(log)
    with pytest.raises(vql.Error) as raised:
        rows_of(filled)
    assert raised.value.sqlstate == "XX001"
    assert (filled / "main.mdb").read_bytes() == other


def test_what_lmdb_did_not_commit_is_not_there_again(filled, tmp_path, monkeypatch):
    """A commit that fails behind its record, as where the disk is full."""
    with vql.connect(filled) as connection:
        connection.execute("INSERT INTO t VALUES (20, 'x')")
        log = connection._session.database.store.metastore._log
        append = CommitLog.append

        def full(self, transaction, changes, is_loose):
            append(self, transaction, changes, is_loose)
            raise vql.OperationalError("no space", sqlstate="53100")

        monkeypatch.setattr(CommitLog, "append", full)
        with pytest.raises(vql.OperationalError):
            connection.execute("INSERT INTO t VALUES (21, 'x')")
        shutil.copytree(filled, tmp_path / "stopped")
        monkeypatch.setattr(CommitLog, "append", append)
        connection.execute("INSERT INTO t VALUES (22, 'x')")
        assert log.is_pinned
        shutil.copytree(filled, tmp_path / "later")
    monkeypatch.undo()
    reboot(monkeypatch)
    assert sorted(rows_of(tmp_path / "stopped"))[10:] == [20]
    assert sorted(rows_of(tmp_path / "later"))[10:] == [20, 22]


def test_where_the_main_file_cannot_be_synced_nothing_is_committed_till_it_is_recovered(filled, monkeypatch):
    def broken() -> None:
        raise vql.OperationalError("Input/output error", sqlstate="58030")

    with vql.connect(filled) as connection:
        connection.execute("INSERT INTO t VALUES (20, 'x')")
        log = connection._session.database.store.metastore._log
        monkeypatch.setattr(log, "_sync", broken)
        with pytest.raises(vql.Error) as raised:
            log.checkpoint()
        assert raised.value.sqlstate == "58030"
        with pytest.raises(vql.Error) as raised:
            connection.execute("INSERT INTO t VALUES (21, 'x')")
        assert raised.value.sqlstate == "58030" and "open it again" in (raised.value.hint or "")
        assert len(connection.execute("SELECT FROM t").fetchall()) == 11
    assert not commit_log.is_recovered(filled / "main.mdb")
    assert len(rows_of(filled)) == 11
    assert commit_log.is_recovered(filled / "main.mdb")


WRITER = """
import sys
from pathlib import Path
from vql.storage.files import commit_log
from vql.storage.files.checkpoints import Checkpointer
from vql.storage.files.metastore import Metastore
commit_log.RECORDS_COUNT, commit_log.OVERDUE, commit_log.PIN_BEHIND_MAX = 7, 1, 20
Checkpointer.wake = lambda self: None
metastore = Metastore(Path(sys.argv[1]))
for line in sys.stdin:
    with metastore.write() as batch:
        batch.put("meta", line.strip().encode(), b"x" * 2000)
        batch.delete("meta", b"last")
        batch.put("meta", b"last", line.strip().encode())
    print("done", flush=True)
"""


def test_processes_that_take_turns_and_are_killed(tmp_path, monkeypatch):
    """Each keeps what the others' checkpoints need, and finds the end of what others have appended."""
    main, generator = tmp_path / "main.mdb", random.Random(3)
    Metastore(main).close()
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        command = [sys.executable, "-c", WRITER, str(main)]
        started.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        return started[-1]

    writers, wanted, synced = [start() for _ in range(3)], set[str](), b""
    try:
        generation = 0
        for number in range(120):
            place = generator.randrange(3)
            if generator.random() < 0.05:
                writers[place].kill()
                writers[place].wait()
                writers[place] = start()
            writer = writers[place]
            assert writer.stdin is not None and writer.stdout is not None
            writer.stdin.write(f"key{number % 40}\n")
            writer.stdin.flush()
            assert writer.stdout.readline() == "done\n"
            wanted.add(f"key{number % 40}")
            header = commit_log.newest_header((tmp_path / "main.wal").read_bytes()[: commit_log.RECORDS])
            assert header is not None
            if header.generation != generation:  # behind it one commit is in the file, too
                generation, synced = header.generation, main.read_bytes()
            if number % 10 == 9:
                image = tmp_path / f"image{number}"
                image.mkdir()
                disk = Disk(tmp_path, image, number)
                (image / "main.mdb").write_bytes(disk.mixed([synced, main.read_bytes()], PAGE))
                shutil.copy(tmp_path / "main.wal", image)
                with monkeypatch.context() as patch:
                    reboot(patch)
                    recovered = Metastore(image / "main.mdb")
                    with recovered.read() as batch:
                        assert batch.get("meta", b"last") == f"key{number % 40}".encode()
                        found = {k.decode() for k, _ in batch.range("meta", b"key", b"key")}
                    recovered.close()
                assert found == wanted
    finally:
        for each in started:
            each.kill()
            each.wait()


def test_a_child_does_not_take_its_parents_pin_away(filled):
    with vql.connect(filled) as connection:
        connection.execute("INSERT INTO t VALUES (20, 'x')")
        metastore = connection._session.database.store.metastore
        child = os.fork()
        assert not metastore._log.is_pinned
        if not child:
            status = 1
            with contextlib.suppress(BaseException):
                with vql.connect(filled) as mine:
                    mine.execute("INSERT INTO t VALUES (21, 'x')")
                gc.collect()
                status = 0
            os._exit(status)
        assert os.waitpid(child, 0)[1] == 0
        connection.execute("INSERT INTO t VALUES (22, 'x')")
        assert len(connection.execute("SELECT FROM t").fetchall()) == 13
        slots = [line.split() for line in metastore._environment.readers().splitlines()]
        assert [str(os.getpid()), str(metastore._log._pinned)] in [[s[0], s[2]] for s in slots]


def test_a_header_that_cannot_be_synced_ends_commits(filled, monkeypatch):
    with vql.connect(filled) as connection:
        connection.execute("INSERT INTO t VALUES (20, 'x')")
        log = connection._session.database.store.metastore._log

        def fail(descriptor: int) -> None:
            raise OSError(5, "Input/output error")

        with monkeypatch.context() as patch:
            patch.setattr(os, "fdatasync", fail)
            with pytest.raises(vql.Error):
                log.checkpoint()
        with pytest.raises(vql.Error) as raised:
            connection.execute("INSERT INTO t VALUES (21, 'x')")
        assert raised.value.sqlstate == "58030"
    assert len(rows_of(filled)) == 11


def test_a_log_at_rest_keeps_no_pages(tmp_path, monkeypatch):
    monkeypatch.setattr("vql.storage.files.checkpoints.IDLE_S", 0.05)
    with vql.connect(tmp_path / "db") as connection:
        log = connection._session.database.store.metastore._log
        for turn in range(2):
            connection.execute(f"CREATE TABLE t{turn} (id int)")
            while log.is_pinned or any(t.name == "vql-checkpoint" for t in threading.enumerate()):
                threading.Event().wait(0.01)
    with open(tmp_path / "db" / "main.wal", "rb") as file:
        header = commit_log.newest_header(file.read(commit_log.RECORDS))
        assert header is not None
        assert [*commit_log.read_records(file.fileno(), header, commit_log.RECORDS, header.base)] == []


def test_the_main_file_does_not_grow_with_what_is_changed_in_place(tmp_path, monkeypatch):
    monkeypatch.setattr(commit_log, "RECORDS_COUNT", 20)
    monkeypatch.setattr(commit_log, "OVERDUE", 1)
    metastore = Metastore(tmp_path / "main.mdb")
    sizes = []
    for turn in range(1200):
        with metastore.write() as batch:
            batch.put("meta", b"key", b"%d" % turn * 500)
        sizes.append((tmp_path / "main.mdb").stat().st_size)
    metastore.close()
    assert sizes[-1] == sizes[300]
    assert (tmp_path / "main.wal").stat().st_size < 200_000
