"""Where a server listens: a TCP port, and a Unix socket in a directory, as PostgreSQL does.

The socket is `.s.PGSQL.PORT`, so that `psql -h DIRECTORY` finds it. Beside it is `.s.PGSQL.PORT.lock`,
which says as PostgreSQL's does (manual, "Database File Layout") who listens: the process id, the database,
the start in seconds since 1970, the port and the directory, a line each.

Invariants
* Whoever listens holds an flock on the lock file, which ends with its process: what a server that was killed
  has left is swept by the next one. A server that knows only the file, as PostgreSQL, keeps its socket: a
  socket that answers is nobody else's.
* The socket has its permissions before anybody can connect.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import stat
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from vql.errors import OperationalError
from vql.server.startup.options import Options

BACKLOG = 4_096
# sockaddr_un's path on Linux, without the zero byte at its end; macOS has 103.
SOCKET_PATH_BYTES_MAX = 107


@contextmanager
def listening(options: Options) -> Iterator[list[socket.socket]]:
    """Listen on all that is asked for, the TCP port first, until the end. Raises OSError, 55006, 58030."""
    with ExitStack() as stack:
        found: list[socket.socket] = []
        port = options.port
        if options.host:
            family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
            listener = socket.create_server((options.host, port), family=family, backlog=BACKLOG)
            found.append(stack.enter_context(listener))
            port = listener.getsockname()[1]
        if options.socket_folder:
            found.append(stack.enter_context(unix_listener(options, port)))
        for listener in found:
            listener.setblocking(False)
        yield found


def metrics_listener(options: Options) -> socket.socket | None:
    """Listen where metrics are asked for, if they are. Raises OSError."""
    if options.metrics_port is None:
        return None
    family = socket.AF_INET6 if ":" in options.metrics_host else socket.AF_INET
    listener = socket.create_server((options.metrics_host, options.metrics_port), family=family)
    listener.setblocking(False)
    return listener


def place(listener: socket.socket) -> str:
    """Return what clients connect to, as it is told on standard output."""
    if listener.family == socket.AF_UNIX:
        return str(listener.getsockname())
    host, port = listener.getsockname()[:2]
    return f"{host}:{port}"


@contextmanager
def unix_listener(options: Options, port: int) -> Iterator[socket.socket]:
    """Listen on the socket of a port. Raises OSError, 55006 where another server does, 58030."""
    path = Path(options.socket_folder) / f".s.PGSQL.{port}"
    if len(os.fsencode(path)) > SOCKET_PATH_BYTES_MAX:
        raise OperationalError(
            f'Unix-domain socket path "{path}" is too long (maximum {SOCKET_PATH_BYTES_MAX} bytes)',
            sqlstate="58030",
        )
    with _locked(path, options, port), socket.socket(socket.AF_UNIX) as listener:
        _sweep(path)
        listener.bind(str(path))
        try:
            path.chmod(options.socket_permissions)
            listener.listen(BACKLOG)
            yield listener
        finally:
            path.unlink(missing_ok=True)


@contextmanager
def _locked(path: Path, options: Options, port: int) -> Iterator[None]:
    """Hold the lock file of a socket. Raises 55006 where another server does."""
    lock = path.with_name(f"{path.name}.lock")
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    while True:
        descriptor = os.open(lock, flags, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # One that has just ended has removed the file that was opened.
            if os.path.samestat(os.fstat(descriptor), os.lstat(lock)):
                break
        except BlockingIOError:
            os.close(descriptor)
            raise _in_use(path) from None
        except FileNotFoundError:
            pass
        os.close(descriptor)
    try:
        said = (os.getpid(), options.path, int(time.time()), port, options.socket_folder)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, "".join(f"{line}\n" for line in said).encode(), 0)
        yield
    finally:
        # Removed while it is held, so that nobody else's is.
        lock.unlink(missing_ok=True)
        os.close(descriptor)


def _sweep(path: Path) -> None:
    """Remove the socket that a dead server has left. Raises 55006 where somebody listens there."""
    with suppress(FileNotFoundError), socket.socket(socket.AF_UNIX) as client:
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise OperationalError(f'"{path}" is there, and no socket', sqlstate="58030")
        client.setblocking(False)
        answer = client.connect_ex(str(path))
        if answer not in (errno.ECONNREFUSED, errno.ENOENT):
            raise _in_use(path)
        path.unlink()


def _in_use(path: Path) -> OperationalError:
    return OperationalError(f'another server listens on "{path}"', sqlstate="55006")
