"""The processes of a server: what the supervisor is, and what its children have of it."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from server_process import Server

from vql.server.processes import Process, fork
from vql.server.startup.options import Options
from vql.server.supervisor import Supervisor


@pytest.fixture(scope="module")
def restarted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that has run statements, and lost a worker and the maintenance process since, while it held
    clients."""
    server = Server(tmp_path_factory.mktemp("processes") / "db", workers=2)
    with psycopg.connect(server.url, autocommit=True) as client:
        client.execute("CREATE TABLE t (id int PRIMARY KEY)")
        client.execute("INSERT INTO t SELECT i FROM generate_series(1, 3000) i")
        assert client.execute("SELECT count(*) FROM t a, t b WHERE a.id = b.id + 1").fetchone() == (2999,)
        lost = [server.workers()[0], *server.children(b"vql: maintenance")]
        for pid in lost:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: len(server.children(b"vql: ")) == 3 and not set(server.children()) & set(lost))
    yield server
    assert server.stop() == 0, server.log.read_text()
    assert server.errors() == "", server.log.read_text()


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for what must happen some time, however busy the machine is."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def descriptors(pid: int) -> dict[int, str]:
    """Return what each descriptor of a process is."""
    found = {}
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found[int(entry.name)] = str(entry.readlink())
        except OSError:
            continue
    return found


def test_the_supervisor_has_one_thread_and_opens_nothing(restarted: Server) -> None:
    pid = restarted.process.pid
    assert len(list(Path(f"/proc/{pid}/task").iterdir())) == 1
    loaded = Path(f"/proc/{pid}/maps").read_text()
    assert "numpy" in loaded
    assert not [name for name in ("duckdb", "faiss", "main.mdb") if name in loaded]
    assert not [name for name in descriptors(pid).values() if name.startswith(f"{restarted.path}/")]


def test_a_child_has_nothing_of_the_supervisor_s_but_its_own_channel(restarted: Server) -> None:
    kept = {number: name for number, name in descriptors(restarted.process.pid).items() if number > 2}
    children = restarted.children()
    held = [{n: name for n, name in descriptors(pid).items() if n > 2} for pid in children]
    ends = [{name for name in each.values() if name.startswith(("socket:", "pipe:"))} for each in held]
    for number, each in enumerate(ends):
        # The maintenance process has the other end of the supervisor's pipe, which is called as that is.
        assert not {name for name in each if name.startswith("socket:")} & set(kept.values())
        for other in ends[number + 1 :]:
            assert not each & other
    for pid in children:
        assert descriptors(pid)[0] == os.devnull
        assert descriptors(pid)[2] == descriptors(restarted.process.pid)[2]


def test_the_system_tells_which_process_is_which(restarted: Server) -> None:
    titles = []
    for pid in restarted.children():
        title = Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").decode()
        assert Path(f"/proc/{pid}/comm").read_text().strip() == title[:15]
        assert os.getpgid(pid) == os.getpgid(restarted.process.pid)
        titles.append(title)
    assert sorted(titles) == ["vql: maintenance", "vql: worker 1", "vql: worker 2"]


def test_how_a_child_has_ended_is_told(restarted: Server) -> None:
    log = restarted.log.read_text()
    assert "worker 1 ended with status -9; it is started again" in log
    assert "maintenance ended with status -9; it is started again" in log


def test_a_second_signal_ends_at_once(tmp_path: Path) -> None:
    server = Server(tmp_path / "db", workers=1)
    children = server.children()
    (worker,) = server.workers()
    os.kill(worker, signal.SIGSTOP)  # it hears nothing
    server.process.send_signal(signal.SIGTERM)
    time.sleep(0.1)
    assert server.process.poll() is None
    assert server.stop() == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in children)


def test_a_child_ends_with_what_it_returns(tmp_path: Path) -> None:
    """In a process of its own: this one has threads."""
    program = """if True:
        import os, sys
        from vql.server.processes import fork
        reader, writer = os.pipe()
        kept = open(sys.argv[1], "w")

        def run():
            assert os.path.samestat(os.fstat(kept.fileno()), os.stat(os.devnull))
            os.write(writer, b"was given it")
            return 7

        def fail():
            raise RuntimeError("told")

        print("flushed before", end="")
        ended = [os.waitpid(fork("x", each, [writer]), 0)[1] for each in (run, fail)]
        print([os.waitstatus_to_exitcode(status) for status in ended])
        print(os.read(reader, 100))
    """
    run = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "kept")],
        capture_output=True, text=True, timeout=60, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    assert run.stdout == "flushed before[7, 1]\nb'was given it'\n", run.stderr
    assert run.stderr.endswith("RuntimeError: told\n")


def test_a_process_with_threads_is_not_forked() -> None:
    ended = threading.Event()
    threading.Thread(target=ended.wait).start()
    try:
        with pytest.raises(AssertionError, match="must not be forked"):
            fork("never", lambda: None)
    finally:
        ended.set()


def test_a_process_that_cannot_be_forked_now_is_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def keep() -> list[str]:
        supervisor, tried = Supervisor(Options(str(tmp_path))), []

        async def start() -> Process:
            tried.append("")
            if len(tried) == 1:
                raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))
            supervisor._signalled()
            ended = asyncio.get_running_loop().create_future()
            ended.set_result(0)
            return Process("worker 1", 0, ended)

        await supervisor._keep("worker 1", start)
        return tried

    assert len(asyncio.run(keep())) == 2
    assert "worker 1 cannot be started: [Errno 11]" in caplog.text
