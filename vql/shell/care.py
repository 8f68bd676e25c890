"""`vql check` and `vql repair`: what is wrong with a database, and how it is mended."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path


def check_command(given: Sequence[str]) -> int:
    """`vql check PATH`: print what is wrong; status 1 where something is."""
    parser = argparse.ArgumentParser(
        "vql check",
        description="Read every part of a database, or of each generation of its backups, and report damage. "
        "Changes nothing.",
    )
    parser.add_argument("path", metavar="PATH", help="the folder of the database, or of backups")
    parser.add_argument("--repair", action="store_true", help="mend it, as vql repair PATH --apply does")
    options = parser.parse_args(given)
    path = options.path
    if options.repair:
        return repair_command([path, "--apply"])
    from vql.errors import Error
    from vql.session.copies.backups import kept_generations

    try:
        kept = kept_generations(Path(path).expanduser())
    except (Error, OSError) as error:
        print(f"vql: cannot check {path}: {error}", file=sys.stderr)
        return 1
    return max([check_one(str(found.path)) for found in kept] or [check_one(path)])


def check_one(path: str) -> int:
    """Print what is wrong with one database, or one generation of a backup; return the status."""
    from vql.errors import Error
    from vql.session.database import check as inspect

    try:
        problems = inspect(path)
    except (Error, OSError) as error:
        print(f"vql: cannot check {path}: {error}", file=sys.stderr)
        return 1
    for problem in problems:
        print(problem)
    count = len(problems)
    print(f"{path}: {count or 'no'} problem{'' if count == 1 else 's'} found")
    return 1 if count else 0


def repair_command(given: Sequence[str]) -> int:
    """`vql repair PATH`: print what would be mended, or mend it; status 1 where problems are left."""
    parser = argparse.ArgumentParser(
        "vql repair",
        description="Say what of a database's damage can be mended: rows that stand twice, keys, times of "
        "commits, indexes, stray files. With --apply mend it; what was before is kept in a folder beside it.",
    )
    parser.add_argument("path", metavar="PATH", help="the folder of the database")
    parser.add_argument("--apply", action="store_true", help="mend it, instead of saying what would be")
    options = parser.parse_args(given)
    from vql.errors import Error
    from vql.session.database import repair

    try:
        done, left = repair(options.path, options.apply)
    except (Error, OSError) as error:
        print(f"vql: cannot repair {options.path}: {error}", file=sys.stderr)
        return 1
    for text in done:
        print(f"{'' if options.apply else 'would mend: '}{text}")
    for problem in left:
        print(f"{'left' if options.apply else 'found'}: {problem}")
    if not done and not left:
        print(f"{options.path}: nothing to mend")
    if done and not options.apply:
        print(f"Nothing has been changed; vql repair {options.path} --apply does it.")
    return 1 if left else 0
