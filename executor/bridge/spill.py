"""Where DuckDB puts what does not fit into its memory: `spill/` in the database's folder.

Each process that spills has a folder of its own there, for its user alone (mode 0700), and holds an flock on
it. A folder that nobody holds was left by a crash: whoever opens the database removes it. DuckDB removes its
files as a query ends; closing removes the folder.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from pathlib import Path

SPILL = "spill"


class SpillFolder:
    """The folder of one process; made by the thread that makes the engine."""

    def __init__(self, database: Path) -> None:
        """Raises OSError where nothing can be written."""
        self.path = database / SPILL / secrets.token_hex(8)
        (database / SPILL).mkdir(mode=0o700, exist_ok=True)
        self.path.mkdir(mode=0o700)
        self._descriptor = os.open(self.path, os.O_RDONLY)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def close(self) -> None:
        """Remove the folder and what is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._descriptor)


def sweep(database: Path) -> None:
    """Remove the folders of processes that have ended without doing so."""
    try:
        folders = list((database / SPILL).iterdir())
    except OSError:
        return  # nobody has spilled, or nothing can be removed
    for folder in folders:
        try:
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except OSError:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            pass  # its process lives
        finally:
            os.close(descriptor)
