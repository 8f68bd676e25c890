"""The `vql` command: a prompt, scripts, the server, the check.

Rooms are loaded on need: `vql PATH -c "..."` never sees prompt_toolkit, `vql serve` not the shell.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vql.shell.statements import Shell

DESCRIPTION = """\
VQL: SQL with similarity search and time travel, in a folder.

  vql PATH                         open the database in folder PATH (made if it is not there) and
                                   type statements; \\? lists the shell's own commands
  vql PATH -c "SQL" [-c "SQL"]     run statements and leave
  vql PATH -f FILE                 run a script; so does a pipe: vql PATH < FILE
  vql serve PATH [--port 5432]     serve it to psql, psycopg, asyncpg and every Postgres client
  vql check PATH                   read the whole database and report damage
  vql repair PATH [--apply]        say what of it can be mended, or mend it and keep a copy

A script stops at its first error, says what and where on stderr and ends with status 1.
"""
USAGE = """vql PATH [-c SQL]... [-f FILE]... [-x] [--csv] [--timing]
       vql serve PATH [--port N] [--workers N] [--memory SIZE] [--host H] [--max-connections N] ...
       vql check PATH
       vql repair PATH [--apply]"""
EPILOG = """\
Examples:
  vql shoes -c "CREATE TABLE shoes (id int PRIMARY KEY, brand text, vec vector(3))"
  vql shoes -c "INSERT INTO shoes VALUES (1, 'x', '[1,2,3]'), (2, 'y', '[3,2,1]')"
  vql shoes -c "SELECT id FROM shoes ORDER BY l2(vec, '[1,2,2]') LIMIT 5 WHERE brand = 'x'"
  vql shoes --csv -c "SELECT id, brand FROM shoes" > shoes.csv
  vql serve shoes --port 5433 & psql -h 127.0.0.1 -p 5433

A database called serve, check or repair is opened as ./serve, ./check or ./repair.
Environment: VQL_HISTORY names the file that keeps the prompt's history.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        match given[:1]:
            case ["serve"]:
                return serve_command(given[1:])
            case ["check"]:
                return check_command(given[1:])
            case ["repair"]:
                return repair_command(given[1:])
        return shell(command_options(given))
    except BrokenPipeError:
        # The reader of a pipe has seen enough; Python would complain once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def command_options(given: Sequence[str]) -> argparse.Namespace:
    """Read the command line; ends the process for --help, --version and mistakes."""
    parser = argparse.ArgumentParser(
        "vql",
        usage=USAGE,
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("path", metavar="PATH", nargs="?", help="the folder of the database")
    for flag, value, purpose in (
        ("-c", "SQL", "run statements or a backslash command; repeatable"),
        ("-f", "FILE", "run a script, - is standard input; repeatable"),
    ):
        parser.add_argument(flag, metavar=value, help=purpose, action=Step, dest="steps", default=[])
    parser.add_argument("-x", action="store_true", help="show each row as a list of its columns")
    parser.add_argument("--csv", action="store_true", help="print rows as CSV, nothing else")
    parser.add_argument("--timing", action="store_true", help="show how long each statement takes")
    parser.add_argument("--version", action="store_true", help="print the version and leave")
    options = parser.parse_args(given)
    if options.version:
        from vql import __version__

        print(f"vql {__version__}")
        sys.exit(0)
    if options.path is None:
        parser.print_help()
        sys.exit(2)
    return options


class Step(argparse.Action):
    """Collects -c and -f in the order they are given."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        setattr(namespace, self.dest, [*getattr(namespace, self.dest), (option_string, values)])


def shell(options: argparse.Namespace) -> int:
    """Open the database, then prompt or run what was given. Returns the exit status."""
    from vql.errors import Error
    from vql.session.database import Database
    from vql.session.session import Session
    from vql.shell.statements import Shell
    from vql.shell.terminal import Quit, error_text

    try:
        database = Database.open(options.path)
    except (Error, OSError) as error:
        text = error_text(error) if isinstance(error, Error) else f"ERROR:  {error}\n"
        sys.stderr.write(f"vql: cannot open {options.path}\n{text}")
        return 1
    session = Session(database)
    try:
        made = Shell(session, sys.stdout, sys.stderr)
        made.expanded, made.csv, made.timing = options.x, options.csv, options.timing
        if not options.steps and sys.stdin.isatty():
            from vql.shell.prompt import converse

            converse(made)
            return 0
        steps = options.steps or [("-f", "-")]
        return 0 if all(run_step(made, kind, text) for kind, text in steps) else 1
    except Quit:
        return 0
    finally:
        session.close()
        database.close()


def run_step(made: Shell, kind: str, text: str) -> bool:
    """Run one -c or -f; False at its first error."""
    if kind == "-c":
        return made.run_text(text)
    if text == "-":
        return made.run_lines(iter(sys.stdin))
    path = Path(text)
    try:
        with path.open(encoding="utf-8") as lines:
            return made.run_lines(iter(lines))
    except (OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"vql: cannot read {text}: {error}\n")
        return False


def serve_command(given: Sequence[str]) -> int:
    """`vql serve PATH`: serve until a signal."""
    # The workers are the parallelism: one thread of OpenMP a statement. NumPy's BLAS reads this when it is
    # loaded, and its threads must not be there when workers are forked.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    gc.disable()  # what is imported stays
    from vql.server import supervisor

    gc.freeze()
    gc.enable()
    return supervisor.main(given)


def check_command(given: Sequence[str]) -> int:
    """`vql check PATH`: print what is wrong; status 1 where something is."""
    parser = argparse.ArgumentParser(
        "vql check", description="Read every part of a database and report damage. Changes nothing."
    )
    parser.add_argument("path", metavar="PATH", help="the folder of the database")
    path = parser.parse_args(given).path
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


if __name__ == "__main__":
    sys.exit(main())
