"""`vql restore BACKUP DEST [--at TIME]`: a database made of a backup."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from vql.shell.moving.backup import failed


def restore_command(given: Sequence[str]) -> int:
    """`vql restore BACKUP DEST`: make a database of each backup; status 1 where one could not be made."""
    parser = argparse.ArgumentParser(
        "vql restore",
        description="Make a database of a backup. Nothing is overwritten: DEST must not be there. With --at "
        "it is as it was at an earlier moment, as far back as the tables' retention reaches.",
    )
    parser.add_argument("backup", metavar="BACKUP", help="a folder of backups, or one generation of it")
    parser.add_argument("target", metavar="DEST", help="the folder of the database that is made")
    parser.add_argument("--at", metavar="TIME", help="a time (UTC unless it says otherwise) or a generation")
    options = parser.parse_args(given)
    from vql.errors import Error
    from vql.python.progress import ProgressBar
    from vql.session.copies.backups import restorable, restore

    progress, status = ProgressBar(sys.stderr), 0
    source, target = Path(options.backup).expanduser(), Path(options.target).expanduser()
    try:
        found = restorable(source, target, options.at)
    except (Error, OSError) as error:
        return failed("restore", source, error)
    for generation, at_us, path in found:
        started_s = time.monotonic()
        try:
            version = restore(generation, path, at_us, progress)
        except (Error, OSError) as error:
            progress.clear()
            status = failed("restore", generation.path, error)
            continue
        except KeyboardInterrupt:
            progress.clear()
            print("vql: nothing was restored", file=sys.stderr)
            return 130
        progress.clear()
        took_s = time.monotonic() - started_s
        print(f"{path}: version {version} of {generation.path}, restored in {took_s:.1f} s")
        if version < generation.version:
            print("Sequences stand where they stood when the backup was made.")
    return status
