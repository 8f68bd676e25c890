"""`vql push PATH URL` and `vql pull URL PATH`: a database from a folder into a bucket, and back."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence

from vql.shell.moving.backup import failed

Mover = Callable[[str, str, Callable[[str, float], None]], None]


def push_command(given: Sequence[str]) -> int:
    """`vql push PATH URL`: store a database in a bucket; status 1 where it could not be."""
    parser = argparse.ArgumentParser(
        "vql push",
        description="Store a database, as it is at this moment, in a bucket, beside writers and servers. "
        "It is used there as vql URL; the one in the folder stays as it is, and goes its own way.",
    )
    parser.add_argument("path", metavar="PATH", help="the folder of the database")
    parser.add_argument("url", metavar="URL", help="s3://bucket/name, gs://, az:// or file:///folder/name")
    options = parser.parse_args(given)
    from vql.session.copies.buckets import push_database

    return _moved("push", options.path, options.url, push_database)


def pull_command(given: Sequence[str]) -> int:
    """`vql pull URL PATH`: copy a database out of a bucket; status 1 where it could not be."""
    parser = argparse.ArgumentParser(
        "vql pull",
        description="Copy a database out of a bucket, as it is at this moment, to a new folder, and compare "
        "each file with its checksums. The one in the bucket stays as it is.",
    )
    parser.add_argument("url", metavar="URL", help="s3://bucket/name, gs://, az:// or file:///folder/name")
    parser.add_argument("path", metavar="PATH", help="a new folder")
    options = parser.parse_args(given)
    from vql.session.copies.buckets import pull_database

    return _moved("pull", options.url, options.path, pull_database)


def _moved(what: str, source: str, target: str, move: Mover) -> int:
    from vql.errors import Error
    from vql.python.progress import ProgressBar

    progress, started_s = ProgressBar(sys.stderr), time.monotonic()
    try:
        move(source, target, progress)
    except (Error, OSError) as error:
        progress.clear()
        return failed(what, source, error)
    except KeyboardInterrupt:
        progress.clear()
        print(f"vql: {target} was not made", file=sys.stderr)
        return 130
    progress.clear()
    print(f"{target}: made in {time.monotonic() - started_s:.1f} s")
    return 0
