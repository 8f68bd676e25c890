"""`vql dump DB`: a database as SQL that makes it again, as of one moment.

One transaction reads it all, so what others commit meanwhile is not in it, and they wait for nothing. Rows
are written as they are read: into the SQL, or beside it as Parquet, a file a table.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from vql.link.link import Link
from vql.shell.moving.backup import failed

HEAD = """--
-- A database written by vql dump, to be loaded by {loaders}
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
# Of a folder with rows as Parquet: what is to be run in it.
SCRIPT = "dump.sql"
Write = Callable[[bytes], object]
# Writes the rows of a table's columns, given by their names in SQL, and what loads them.
CopyRows = Callable[[str, str], None]


def dump_command(given: Sequence[str]) -> int:
    """`vql dump DB`: write it to standard output or a file; return the status."""
    parser = argparse.ArgumentParser(
        "vql dump",
        description="Write a database, as it is at one moment, as SQL that makes it again.",
    )
    parser.add_argument("path", metavar="DB", help="the folder of the database, or postgres://HOST/NAME")
    parser.add_argument("--output", "-o", metavar="FILE", help="where to, instead of standard output")
    parser.add_argument(
        "--format", choices=("sql", "parquet"), default="sql",
        help="parquet: a folder of SQL and of the rows of each table as Parquet; of a folder alone",
    )  # fmt: skip
    options = parser.parse_args(given)
    from vql.errors import Error
    from vql.python.progress import ProgressBar
    from vql.session.copies.backups import made_whole
    from vql.shell.opening import is_server, open_link

    if options.format == "parquet" and (not options.output or is_server(options.path)):
        parser.error("--format parquet wants --output FOLDER, and the folder of a database")

    progress = ProgressBar(sys.stderr)
    try:
        link = open_link(options.path, False, False, progress)
        assert link is not None, "nobody is asked"
    except (Error, OSError) as error:
        return failed("open", Path(options.path), error)
    try:
        if options.format == "parquet":
            with made_whole(Path(options.output).expanduser()) as folder:
                dump_parquet(link, folder)
        elif options.output:
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


def dump_parquet(link: Link, folder: Path) -> None:
    """Write a database into an empty folder: `SCRIPT`, and the files that it names. Raises what its
    statements raise, OSError."""

    def dumped(write: Write) -> None:
        files: list[str] = []

        def copy(table: str, names: str) -> None:
            files.append(f"{len(files) + 1:04}_{re.sub(r'[^0-9a-zA-Z]+', '_', table)}.parquet")
            place = str(folder.absolute() / files[-1]).replace("'", "''")
            link.run(f"COPY {table}{names} TO '{place}' (FORMAT parquet)")
            write(f"COPY {table}{names} FROM '{files[-1]}' (FORMAT parquet);\n\n".encode())

        dump(link, write, copy)

    write_whole(folder / SCRIPT, dumped)


def dump(link: Link, write: Write, copy: CopyRows | None = None) -> None:
    """Write a database as SQL, its rows by `copy`, or as blocks of COPY. Raises what its statements raise,
    OSError."""
    from vql.shell.moving.definitions import DumpedDefinitions, copied_columns
    from vql.shell.moving.rights import rights, roles

    def ask(sql: str) -> Sequence[Sequence[str | None]]:
        return link.run(sql)[0].rows

    def say(text: str) -> None:
        write(f"{text}\n".encode())

    for statement in (MOMENT, *READING):
        link.run(statement)
    known = DumpedDefinitions(ask)
    say(HEAD.format(loaders="vql load" if copy is not None else "vql load, psql or another SQL client"))
    for text in (*roles(ask), *known.before()):
        say(f"{text}\n")
    for table in known.tables():
        columns = copied_columns(known.columns.get(table.oid, ()))
        names = f" ({', '.join(columns)})" if columns else ""
        if columns and copy is not None:
            copy(table.name, names)
        elif columns:
            say(f"COPY {table.name}{names} FROM stdin;")
            link.copy_out(f"COPY {table.name}{names} TO STDOUT", write)
            say("\\.\n")
    for text in (*known.positions(), *known.after(), *rights(ask, known)):
        say(f"{text}\n")
    link.run("COMMIT")
