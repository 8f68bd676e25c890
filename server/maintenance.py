"""The maintenance process: seals, merges and builds indexes while the workers answer.

It holds the database open like any embedded process, looks once a second whether something was
committed, and leaves the work to the store's Maintainer. It ends when its standard input does: the
supervisor holds the other end.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import sys

from vql.session.database import Database

LOOK_EVERY_S = 1.0
log = logging.getLogger("vql.server")


def maintain(path: str) -> None:
    """Maintain until standard input ends."""
    database = Database.open(path)
    seen = -1
    try:
        while not _ended(LOOK_EVERY_S):
            version = database.store.version()
            if version != seen:
                seen = version
                database.store.snapshot()
                database.maintainer.wake()
    finally:
        database.close()


def _ended(wait_s: float) -> bool:
    readable, _, _ = select.select([sys.stdin], [], [], wait_s)
    return bool(readable) and not os.read(sys.stdin.fileno(), 1)


def main() -> None:
    """Run the process; the database's path comes in argv."""
    logging.basicConfig(format="%(asctime)s %(name)s %(levelname)s %(message)s")
    log.setLevel(logging.INFO)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    maintain(sys.argv[1])


if __name__ == "__main__":
    main()
