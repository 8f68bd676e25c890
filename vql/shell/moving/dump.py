"""`vql dump DB`: a database as SQL that makes it again, as of one moment.

One transaction reads it all, so what others commit meanwhile is not in it, and they wait for nothing. Rows
are written as they are read.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from vql.link.link import Link
from vql.shell.moving.backup import failed

HEAD = """--
-- A database written by vql dump, to be loaded by vql load, psql or another SQL client
--

SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
"""
MOMENT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
# Everything is written behind its schema, and dates and floats as every server reads them.
READING = (
    "SELECT pg_catalog.set_config('search_path', '', false)",
    "SET datestyle = 'ISO'",
    "SET intervalstyle = 'postgres'",
    "SET extra_float_digits = 3",
    "SET bytea_output = 'hex'",
)
Write = Callable[[bytes], object]


def dump_command(given: Sequence[str]) -> int:
    """`vql dump DB`: write it to standard output or a file; return the status."""
    parser = argparse.ArgumentParser(
        "vql dump",
        description="Write a database, as it is at one moment, as SQL that makes it again.",
    )
    parser.add_argument("path", metavar="DB", help="the folder of the database, or postgres://HOST/NAME")
    parser.add_argument("--output", "-o", metavar="FILE", help="where to, instead of standard output")
    options = parser.parse_args(given)
    from vql.errors import Error
    from vql.python.progress import ProgressBar
    from vql.shell.opening import open_link

    progress = ProgressBar(sys.stderr)
    try:
        link = open_link(options.path, False, False, progress)
        assert link is not None, "nobody is asked"
    except (Error, OSError) as error:
        return failed("open", Path(options.path), error)
    try:
        if options.output:
            write_whole(Path(options.output).expanduser(), lambda write: dump(link, write))
        else:
            dump(link, sys.stdout.buffer.write)
            sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except (Error, OSError) as error:
        return failed("dump", Path(options.path), error)
    finally:
        progress.clear()
        link.close()
    return 0


def write_whole(path: Path, fill: Callable[[Write], None]) -> None:
    """Write a file, which has its name once all of it is durable. Raises OSError and what `fill` raises."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            fill(file.write)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def dump(link: Link, write: Write) -> None:
    """Write a database as SQL. Raises what its statements raise, OSError."""
    from vql.shell.moving.definitions import DumpedDefinitions, copied_columns
    from vql.shell.moving.rights import rights, roles

    def ask(sql: str) -> Sequence[Sequence[str | None]]:
        return link.run(sql)[0].rows

    def say(text: str) -> None:
        write(f"{text}\n".encode())

    for statement in (MOMENT, *READING):
        link.run(statement)
    known = DumpedDefinitions(ask)
    say(HEAD)
    for text in (*roles(ask), *known.before()):
        say(f"{text}\n")
    for table in known.tables():
        columns = copied_columns(known.columns.get(table.oid, ()))
        names = f" ({', '.join(columns)})" if columns else ""
        if columns:
            say(f"COPY {table.name}{names} FROM stdin;")
            link.copy_out(f"COPY {table.name}{names} TO STDOUT", write)
            say("\\.\n")
    for text in (*known.positions(), *known.after(), *rights(ask, known)):
        say(f"{text}\n")
    link.run("COMMIT")
