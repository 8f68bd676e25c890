"""A server started for tests: its own process, a free loopback port, ended by its process id."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

START_TIMEOUT_S = 60.0


class Server:
    """`vql serve` on a directory."""

    def __init__(self, path: Path, workers: int = 2, arguments: Sequence[str] = ()) -> None:
        self.path = path
        self.log = path.parent / f"{path.name}.log"
        command = [sys.executable, "-m", "vql.shell.main", "serve", str(path), "--port", "0"]
        command += ["--workers", str(workers), *arguments]
        with self.log.open("wb") as errors:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors)
        assert self.process.stdout is not None
        line = self.process.stdout.readline().decode()
        found = re.search(r":(\d+)$", line.strip())
        assert found, f"the server did not start: {line} {self.log.read_text()}"
        self.port = int(found[1])

    @property
    def environment(self) -> dict[str, str]:
        """What libpq programs read."""
        return {
            **os.environ,
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.port),
            "PGUSER": "vql",
            "PGDATABASE": "vql",
        }

    @property
    def url(self) -> str:
        """The connection string."""
        return f"postgresql://vql@127.0.0.1:{self.port}/vql"

    def workers(self) -> list[int]:
        """Return the process ids of the workers."""
        return self.children(b"vql: worker ")

    def children(self, title: bytes = b"") -> list[int]:
        """Return the process ids of the server's children, of those that ps calls so or all."""
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                command = (entry / "cmdline").read_bytes()
                parent = (entry / "stat").read_text().rsplit(")", 1)[1].split()[1]
            except OSError:
                continue
            if int(parent) == self.process.pid and command.startswith(title):
                found.append(int(entry.name))
        return sorted(found)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End the server and return its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(60)
        finally:
            self.process.kill()
            assert self.process.stdout is not None
            self.process.stdout.close()

    def errors(self) -> str:
        """Return what was logged as an internal error."""
        return "\n".join(line for line in self.log.read_text().splitlines() if "internal error" in line)
