"""Databases moved between folders and buckets (`vql.storage.bucket.moving`). No state."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from vql.errors import InvalidParameterValue
from vql.naming import BUCKETS, is_bucket
from vql.session.database import Database
from vql.storage.bucket.moving import pull, push

Progress = Callable[[str, float], None]


def push_database(path: str, url: str, progress: Progress) -> None:
    """Store the database in a folder, or at another URL, where a URL says. Raises what `push` does."""
    require_bucket(url)
    database = Database.open(path, create=False)
    try:
        push(database.store, url, progress)
    finally:
        database.close()


def pull_database(url: str, path: str, progress: Progress) -> None:
    """Make a database in a new folder of one in a bucket. Raises what `pull` does."""
    require_bucket(url)
    database = Database.open(url, create=False)
    try:
        pull(database.store, Path(path).expanduser().absolute(), progress)
    finally:
        database.close()


def require_bucket(url: str) -> None:
    """Raise 22023 of what is no URL of a bucket."""
    if not is_bucket(url):
        hint = f"it begins with one of {', '.join(BUCKETS)}"
        raise InvalidParameterValue(f"{url} is no URL of a bucket", hint=hint)
