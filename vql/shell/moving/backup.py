"""`vql backup SRC DEST`: what is copied, told on a terminal while it is."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

KIB = 1024.0


def backup_command(given: Sequence[str]) -> int:
    """`vql backup SRC DEST`: make a generation of each database; status 1 where one could not be made."""
    parser = argparse.ArgumentParser(
        "vql backup",
        description="Copy a database, or every one of a folder of databases, at one moment, beside writers "
        "and servers. DEST holds whole copies, called generations; files that an earlier one has are not "
        "copied again. Each copy is compared with its checksums.",
    )
    parser.add_argument("source", metavar="SRC", help="the folder of the database, or of databases")
    parser.add_argument("folder", metavar="DEST", help="the folder of its backups, made if it is not there")
    parser.add_argument(
        "--keep", metavar="N", type=_count, help="keep the newest N generations, remove others"
    )
    options = parser.parse_args(given)
    from vql.errors import Error
    from vql.python.progress import ProgressBar
    from vql.session.copies.backups import backup, sources

    progress, status = ProgressBar(sys.stderr), 0
    source, folder = Path(options.source).expanduser(), Path(options.folder).expanduser()
    try:
        found = sources(source, folder)
    except (Error, OSError) as error:
        return failed("back up", source, error)
    for path, target in found:
        started_s = time.monotonic()
        try:
            done = backup(path, target, progress, options.keep)
        except (Error, OSError) as error:
            progress.clear()
            status = failed("back up", path, error)
            continue
        except KeyboardInterrupt:
            progress.clear()
            print("vql: no backup was made", file=sys.stderr)
            return 130
        progress.clear()
        took_s, count = time.monotonic() - started_s, done.linked + done.copied
        print(
            f"{done.made.path}: {readable(done.copied_bytes)} copied and verified in {took_s:.1f} s, "
            f"{done.linked} of {count} files were there"
        )
        for name in done.removed:
            print(f"{target / name}: removed")
    return status


def failed(what: str, path: Path | str, error: Exception) -> int:
    """Say that a command has failed, and why; return its status."""
    print(f"vql: cannot {what} {path}: {error}", file=sys.stderr)
    hint = getattr(error, "hint", None)
    if hint:
        print(f"HINT:  {hint}", file=sys.stderr)
    return 1


def readable(count: int) -> str:
    """Return a number of bytes for a person."""
    size = float(count)
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if size < KIB:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= KIB
    return f"{size:.1f} TiB"


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("at least one generation is kept")
    return value
