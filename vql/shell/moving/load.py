"""`vql load FILE DB`: a database made of what `vql dump` or pg_dump has written.

A database that is not there is made under a hidden name and renamed when all of the file has run: it is there
whole or not at all. One that is there, or behind a server, is loaded into, statement by statement.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import chdir, nullcontext
from pathlib import Path

from vql.python.progress import ProgressBar
from vql.shell.moving.backup import failed
from vql.shell.moving.dump import SCRIPT


class StoppedAtError(Exception):
    """A script has ended at an error, which has been said."""


def load_command(given: Sequence[str]) -> int:
    """`vql load FILE DB`: run a dump; return the status."""
    parser = argparse.ArgumentParser(
        "vql load",
        description="Make a database of what vql dump or pg_dump has written, or load it into one.",
    )
    parser.add_argument(
        "file", metavar="FILE", help="the file, or the folder of Parquet; - is standard input"
    )
    parser.add_argument("path", metavar="DB", help="the folder of the database, or postgres://HOST/NAME")
    options = parser.parse_args(given)
    from vql.errors import Error
    from vql.session.copies.backups import made_whole
    from vql.shell.opening import is_server

    progress, started_s = ProgressBar(sys.stderr), time.monotonic()
    path, file = Path(options.path).expanduser().absolute(), Path(options.file).expanduser().absolute()
    if file.is_dir() and is_server(options.path):
        parser.error(
            "a folder of Parquet is loaded into the folder of a database: a server reads files of its own"
        )
    try:
        # A folder's script names the files beside it.
        with chdir(file) if file.is_dir() else nullcontext():
            source = SCRIPT if file.is_dir() else options.file
            if is_server(options.path) or (path / "main.mdb").exists():
                load(source, options.path if is_server(options.path) else str(path), progress)
            else:
                with made_whole(path) as making:
                    load(source, str(making), progress)
    except StoppedAtError:
        return 1
    except (Error, OSError, UnicodeDecodeError) as error:
        progress.clear()
        return failed("load", Path(options.file), error)
    print(f"{options.path}: loaded in {time.monotonic() - started_s:.1f} s")
    return 0


def load(file: str, path: str, progress: ProgressBar) -> None:
    """Run a dump on a database, made if it is not there. Raises StoppedAtError and what opening raises."""
    from vql.shell.opening import open_link
    from vql.shell.statements import Shell

    link = open_link(path, True, False, progress)
    assert link is not None, "nobody is asked"
    try:
        with open(os.devnull, "w", encoding="utf-8") as nowhere:
            shell = Shell(link, nowhere, sys.stderr, progress)
            if file == "-":
                worked = shell.run_lines(iter(sys.stdin))
            else:
                with open(file, encoding="utf-8") as lines:
                    worked = shell.run_lines(watched_lines(lines, Path(file), progress))
    finally:
        progress.clear()
        link.close()
    if not worked:
        raise StoppedAtError


def watched_lines(lines: Iterator[str], path: Path, progress: ProgressBar) -> Iterator[str]:
    """Yield the lines of a file, showing how far it has been read."""
    size, done = max(1, path.stat().st_size), 0
    for line in lines:
        yield line
        done += len(line)
        progress(f"loading {path.name}", done / size)
