"""The `vql` command: a prompt, scripts, the server, the check.

Rooms are loaded on need: `vql PATH -c "..."` never sees prompt_toolkit, `vql serve` not the shell.
"""

from __future__ import annotations

import argparse
import difflib
import gc
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from vql.shell.statements import Shell

DESCRIPTION = """\
VQL: SQL with similarity search and time travel, in a folder.

  vql PATH                         open the database in folder PATH and type statements; asks before it
                                   makes one; help says more
  vql PATH --create                make it if it is not there
  vql PATH -c "SQL" [-c "SQL"]     run statements and leave
  vql PATH -f FILE                 run a script; so does a pipe: vql PATH < FILE
  vql postgres://HOST/NAME         the same with a database on a server
  vql serve PATH [--port 5432]     serve it to psql, psycopg, asyncpg and every Postgres client
  vql console PATH                 look at it with a browser: SQL, search, a map of the vectors
  vql mcp PATH                     give it to assistants, by the Model Context Protocol
  vql check PATH [--repair]        read the whole database, or its backups, and report damage, or mend it
  vql repair PATH [--apply]        say what of it can be mended, or mend it and keep a copy
  vql backup PATH DEST [--keep N]  copy it at one moment, beside writers; what is there is not copied again
  vql restore BACKUP DEST          make a database of a backup; --at TIME takes it back further
  vql push PATH URL                store it in a bucket, as s3://bucket/shoes; vql URL opens it there
  vql pull URL PATH                copy it out of a bucket into a new folder
  vql dump PATH [-o FILE]          write it as SQL that makes it again, or as Parquet (--format parquet)
  vql load FILE PATH               make it of a dump
  vql upgrade PATH                 bring it to the format of this VQL, and keep what was before
  vql doctor [FOLDER]              say what this machine gives a database, and what is not right
  vql bench [FOLDER]               measure commits, inserts and searches on its disk

A script stops at its first error, says what and where on stderr and ends with status 1.
"""
USAGE = """vql PATH [--create] [-c SQL]... [-f FILE]... [-x] [-A] [-t] [-q] [-o FILE] [--csv] [--timing] ...
       vql serve PATH [--port N] [--workers N] [--memory SIZE] [--host H] [--max-connections N] ...
       vql console PATH|postgres://... [--port N] [--embed MODULE:FUNCTION] [--no-browser]
       vql mcp PATH|postgres://... [--write] [--embed MODULE:FUNCTION]
       vql check PATH
       vql repair PATH [--apply]
       vql backup PATH DEST [--keep N]
       vql restore BACKUP DEST [--at TIME]
       vql push PATH URL
       vql pull URL PATH
       vql dump PATH [-o FILE]
       vql load FILE PATH
       vql upgrade PATH
       vql doctor [FOLDER]
       vql bench [FOLDER]"""
EPILOG = """\
Examples:
  vql shoes --create -c "CREATE TABLE shoes (id int PRIMARY KEY, brand text, vec vector(3))"
  vql shoes -c "INSERT INTO shoes VALUES (1, 'x', '[1,2,3]'), (2, 'y', '[3,2,1]')"
  vql shoes -c "SELECT id FROM shoes ORDER BY l2(vec, '[1,2,2]') LIMIT 5 WHERE brand = 'x'"
  vql shoes --csv -c "SELECT id, brand FROM shoes" > shoes.csv
  vql serve shoes --port 5433 & psql -h 127.0.0.1 -p 5433

A database that is called as a command is, such as check, is opened as ./check.
The prompt runs ~/.vqlrc first (VQLRC names another file, -X leaves it out): \\pset null NULL, say.
Environment: VQL_HISTORY names the file that keeps the prompt's history; PAGER what shows long answers,
EDITOR what \\e edits with.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        match given[:1]:
            case ["serve"]:
                return serve_command(given[1:])
            case ["check"]:
                from vql.shell.care import check_command

                return check_command(given[1:])
            case ["console"]:
                from vql.console.command import console_command
                from vql.shell.opening import opened_link

                return console_command(given[1:], opened_link)
            case ["mcp"]:
                from vql import __version__
                from vql.mcp.serving import mcp_command
                from vql.shell.opening import opened_link

                return mcp_command(given[1:], opened_link, __version__)
            case ["repair"]:
                from vql.shell.care import repair_command

                return repair_command(given[1:])
            case ["backup"]:
                from vql.shell.moving.backup import backup_command

                return backup_command(given[1:])
            case ["restore"]:
                from vql.shell.moving.restore import restore_command

                return restore_command(given[1:])
            case ["push"]:
                from vql.shell.moving.buckets import push_command

                return push_command(given[1:])
            case ["pull"]:
                from vql.shell.moving.buckets import pull_command

                return pull_command(given[1:])
            case ["dump"]:
                from vql.shell.moving.dump import dump_command

                return dump_command(given[1:])
            case ["load"]:
                from vql.shell.moving.load import load_command

                return load_command(given[1:])
            case ["upgrade"]:
                from vql.shell.moving.upgrade import upgrade_command

                return upgrade_command(given[1:])
            case ["doctor"]:
                from vql.shell.machine.doctor import doctor_command

                return doctor_command(given[1:])
            case ["bench"]:
                from vql.shell.machine.bench import bench_command

                return bench_command(given[1:])
        return shell(command_options(given))
    except BrokenPipeError:
        # The reader of a pipe has seen enough; Python would complain once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


class UsageParser(argparse.ArgumentParser):
    """Says what is wrong with a command line, and where to read how it should be."""

    def error(self, message: str) -> NoReturn:
        """Print a mistake and end the process with status 2."""
        self.exit(2, f"{self.prog}: {message}\nTry {self.prog} --help.\n")


def command_options(given: Sequence[str]) -> argparse.Namespace:
    """Read the command line; ends the process for --help, --version and mistakes."""
    parser = UsageParser(
        "vql",
        usage=USAGE,
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("path", metavar="PATH", nargs="?", help="the folder of the database")
    for flag, value, purpose in (
        ("-c", "SQL", "run statements or a backslash command; repeatable"),
        ("-f", "FILE", "run a script, - is standard input; repeatable"),
    ):
        parser.add_argument(flag, metavar=value, help=purpose, action=Step, dest="steps", default=[])
    parser.add_argument("--create", action="store_true", help="make the database if it is not there")
    parser.add_argument("-x", action="store_true", help="show each row as a list of its columns")
    parser.add_argument("-A", action="store_true", help="do not align what is shown")
    parser.add_argument("-t", action="store_true", help="print rows alone")
    parser.add_argument("-q", action="store_true", help="print no tags of statements")
    parser.add_argument("-o", metavar="FILE", help="write results to a file, or to |command")
    parser.add_argument("-P", metavar="NAME=VALUE", action="append", default=[], help="as \\pset NAME VALUE")
    parser.add_argument("-v", metavar="NAME=VALUE", action="append", default=[], help="as \\set NAME VALUE")
    parser.add_argument("-X", action="store_true", help="do not read ~/.vqlrc")
    parser.add_argument("--csv", action="store_true", help="print rows as CSV, nothing else")
    parser.add_argument("--timing", action="store_true", help="show how long each statement takes")
    parser.add_argument("--version", action="store_true", help="print the version and leave")
    options, rest = parser.parse_known_args(given)
    if rest:
        parser.error(
            unexpected(rest[0], [flag for action in parser._actions for flag in action.option_strings])
        )
    if options.version:
        from vql import __version__

        print(f"vql {__version__}")
        sys.exit(0)
    if options.path is None:
        parser.error("which database? Give the folder it is in: vql PATH")
    return options


def unexpected(word: str, flags: Sequence[str]) -> str:
    """Return what is wrong with a word of the command line that nothing takes."""
    if not word.startswith("-"):
        return f'unexpected argument "{word}": statements are given with -c'
    near = difflib.get_close_matches(word.partition("=")[0], flags, 1)
    return f"there is no option {word}" + (f"; did you mean {near[0]}?" if near else "")


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
    from vql.python.progress import ProgressBar
    from vql.shell.opening import open_link
    from vql.shell.statements import Shell
    from vql.shell.terminal import Quit, error_text

    progress = ProgressBar(sys.stderr)
    prompts = not options.steps and sys.stdin.isatty()
    try:
        link = open_link(options.path, options.create, prompts, progress)
    except (Error, OSError) as error:
        text = error_text(error) if isinstance(error, Error) else f"ERROR:  {error}\n"
        sys.stderr.write(f"vql: cannot open {options.path}\n{text}")
        return 1
    if link is None:
        return 1
    try:
        made = Shell(link, sys.stdout, sys.stderr, progress)
        try:
            apply_options(made, options)
        except Error as error:
            sys.stderr.write(f"vql: {error.message}\n")
            return 2
        if prompts:
            from vql.shell.prompt import converse

            converse(made, read_rc=not options.X)
            return 0
        steps = options.steps or [("-f", "-")]
        return 0 if all(run_step(made, kind, text) for kind, text in steps) else 1
    except Quit:
        return 0
    finally:
        link.close()


def apply_options(made: Shell, options: argparse.Namespace) -> None:
    """Set what the command line says. Raises 42601, 58P01."""
    from vql.errors import ProgrammingError
    from vql.shell.screen.display import set_option

    display = made.display
    display.expanded = "on" if options.x else display.expanded
    display.format = "csv" if options.csv else "unaligned" if options.A else display.format
    display.tuples_only = options.t
    made.timing = options.timing
    if options.csv or options.q:
        made.variables.set("QUIET", "on")
    for flag, texts in (("-P", options.P), ("-v", options.v)):
        for text in texts:
            name, equals, value = text.partition("=")
            if not equals and flag == "-v":
                raise ProgrammingError(f"-v takes NAME=VALUE, not {text}")
            if flag == "-P":
                set_option(display, name, value if equals else None)
            else:
                made.variables.set(name, value)
    if options.o:
        made.send_results(options.o)


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
    from vql.server.startup.options import read_options

    gc.freeze()
    gc.enable()
    options = read_options(given)
    with console_beside(options.path, options.console_port):
        return supervisor.serve(options)


@contextmanager
def console_beside(path: str, port: int | None) -> Iterator[None]:
    """Have `vql console` of a database in a process of its own meanwhile, where a port is given."""
    if port is None:
        yield
        return
    command = [sys.executable, "-m", "vql", "console", path, "--port", str(port), "--no-browser"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    sys.exit(main())
