"""`vql upgrade PATH`: which format a database has, and the present one made of an older."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from vql.shell.moving.backup import failed


def upgrade_command(given: Sequence[str]) -> int:
    """`vql upgrade PATH`: bring each database to the present format; status 1 where one could not be."""
    parser = argparse.ArgumentParser(
        "vql upgrade",
        description="Bring a database, or every one of a folder of databases, to the format of this VQL, as "
        "opening it does. What was before is kept. Where there is nothing to do nothing is done.",
    )
    parser.add_argument("path", metavar="PATH", help="the folder of the database, or of databases")
    path = Path(parser.parse_args(given).path).expanduser()
    from vql.errors import Error
    from vql.session.copies.backups import PRESENT_FORMAT, databases_meant, upgrade_database

    status = 0
    for each in databases_meant(path):
        try:
            found, kept = upgrade_database(each)
        except (Error, OSError) as error:
            status = failed("upgrade", each, error)
            continue
        if kept is None:
            print(f"{each}: format {found or PRESENT_FORMAT}, nothing to do")
        else:
            print(f"{each}: format {found} is format {PRESENT_FORMAT} now; main.mdb as it was is in {kept}")
            print("Older versions of VQL do not read it any more.")
    return status
