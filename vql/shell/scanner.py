"""A script as it is typed: statements, commands with a backslash, variables; by psql's rules.

A `Scanner` is fed line by line and yields what a line completes, one at a time, so that a command has
run before the rest of its line is read. What is not complete yet is its `buffer`. A statement ends in
a semicolon outside of quotes and comments, a command at the line's end or at the next backslash. The
server's lexer is not asked: it sees whole statements, and knows no variables.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator

from vql.dataclass import dataclass
from vql.errors import ProgrammingError

TOKEN = re.compile(
    r"""
    (?P<comment>--[^\n]*)
  | (?P<block>/\*)
  | (?P<escaped>[eE]')
  | (?P<quote>['"])
  | (?P<dollar>\$(?:[^\W\d]\w*)?\$)
  | (?P<plain>\w[\w$]*|::|:=|[^\w'"$:;\\/-]+)
  | (?P<variable>:(?P<mark>['"]?)(?P<name>\w+)(?P=mark)|:\{\?(?P<tested>\w+)\})
  | (?P<end>;)
  | (?P<backslash>\\)
  | (?P<other>.)
    """,
    re.X | re.S,
)
# What ends an open quote, with what does not: a doubled quote, and in E'' whatever follows a backslash.
CLOSING = {
    "'": re.compile(r"(?:[^']|'')*'(?!')"),
    "E'": re.compile(r"(?:[^'\\]|''|\\.)*'(?!')", re.S),
    '"': re.compile(r'(?:[^"]|"")*"(?!")'),
}
COMMENT_MARK = re.compile(r"/\*|\*/")
NAME = re.compile(r"\\(!|[^\s\\|;!]+)")
# Commands whose argument is the rest of the line as it is.
WHOLE_LINE = frozenset(("!", "copy", "h", "help", "sf", "sv"))
# Commands whose arguments are texts, which may end in a semicolon.
EXACT = frozenset(("set", "echo", "qecho", "warn", "pset", "!"))
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}

Lookup = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Complete:
    """A statement that is complete, without its semicolon."""

    sql: str


@dataclass(frozen=True, slots=True)
class Invocation:
    """A command with a backslash and its arguments; of some the rest of the line is one."""

    name: str
    arguments: tuple[str, ...] = ()


def nothing_set(name: str) -> str | None:
    """The lookup of one who has no variables."""
    return None


class Scanner:
    """Reads a script; `lookup` gives the values of variables."""

    def __init__(self, lookup: Lookup = nothing_set) -> None:
        self.buffer = ""
        self._lookup = lookup
        self._open = ""  # the quote that is open: ' E' " /* or $tag$
        self._depth = 0  # of comments in comments
        self._line = ""
        self._at = 0

    def read(self, line: str) -> Iterator[Complete | Invocation]:
        """Yield the statements and commands that a line completes. Raises 42601 for a command's argument
        whose quote is not closed, and forgets the rest of the line."""
        self._line, self._at = line, 0
        # A variable in its own value stays as it is: (name, characters left when its value has been read).
        inside: list[tuple[str, int]] = []
        while self._at < len(self._line):
            if self._open:
                self._quoted()
                continue
            while inside and len(self._line) - self._at <= inside[-1][1]:
                inside.pop()
            match = TOKEN.match(self._line, self._at)
            assert match is not None, "every character is at least another one"
            kind = match.lastgroup if match["variable"] is None else "variable"
            if kind == "variable" and self._variable(match, inside):
                continue
            if kind == "backslash":
                yield from self._backslash()
                continue
            self._at = match.end() if kind != "variable" else self._at + 1
            if kind == "end":
                sql = self.take().strip()
                if has_words(sql):
                    yield Complete(sql)
                continue
            self.buffer += match.group() if kind != "variable" else ":"
            if kind in ("block", "escaped", "quote", "dollar"):
                self._open = "E'" if kind == "escaped" else match.group()
                self._depth = 1

    @property
    def is_quoted(self) -> bool:
        """Whether a quote or a comment is open."""
        return bool(self._open)

    def take(self) -> str:
        """Return what is not complete yet, and forget it."""
        text, self.buffer, self._open = self.buffer, "", ""
        return text

    def _quoted(self) -> None:
        """Read on in an open quote, to its end or that of the line."""
        start, end = self._at, len(self._line)
        if self._open == "/*":
            for mark in COMMENT_MARK.finditer(self._line, start):
                self._depth += 1 if mark.group() == "/*" else -1
                if self._depth == 0:
                    end, self._open = mark.end(), ""
                    break
        elif self._open.startswith("$"):
            close = self._line.find(self._open, start)
            if close >= 0:
                end, self._open = close + len(self._open), ""
        elif match := CLOSING[self._open].match(self._line, start):
            end, self._open = match.end(), ""
        self.buffer += self._line[start:end]
        self._at = end

    def _variable(self, match: re.Match[str], inside: list[tuple[str, int]]) -> bool:
        """Put a variable's value in its place; False where there is none, which leaves the text as it is."""
        name = match["name"] or match["tested"]
        value = self._lookup(name)
        rest = len(self._line) - match.end()
        if match["tested"]:
            self.buffer += "FALSE" if value is None else "TRUE"
        elif value is None or any(name == known for known, _ in inside):
            return False
        elif match["mark"]:
            self.buffer += quoted_text(value, match["mark"])
        else:
            # The value is read as if it had been typed: it may end statements.
            inside.append((name, rest))
            self._line = value + self._line[match.end() :]
            self._at = 0
            return True
        self._at = match.end()
        return True

    def _backslash(self) -> Iterator[Invocation]:
        """Read a command up to the line's end or the next backslash."""
        following = self._line[self._at + 1 : self._at + 2]
        if following in (";", ":"):
            self.buffer += following
            self._at += 2
            return
        name = NAME.match(self._line, self._at)
        if name is None:  # `\\` only separates
            self._at += 2
            return
        self._at = name.end()
        arguments: list[str] = []
        if name[1].rstrip("+S") in WHOLE_LINE:
            rest = self._line[self._at :].strip()
            arguments += [rest] if rest else []
            self._at = len(self._line)
        else:
            while (argument := self._argument(name[1])) is not None:
                arguments.append(argument)
        if self._line.startswith("\\\\", self._at):
            self._at += 2
        # A semicolon behind a command is a habit, not an argument.
        if name[1] not in EXACT and arguments:
            last = arguments.pop().rstrip(";")
            arguments += [last] if last else []
        yield Invocation(name[1], tuple(arguments))

    def _argument(self, command: str) -> str | None:
        """Return the next argument of a command, None where there is no more."""
        line, at, parts = self._line, self._at, []
        while at < len(line) and line[at].isspace():
            at += 1
        start = at
        if line[at : at + 1] == "|" and command in ("o", "g", "gx", "w"):
            self._at = len(line)
            return line[at:].strip()
        while at < len(line) and not line[at].isspace() and line[at] != "\\":
            if line[at] in "'`\"":
                text, at = self._argument_quoted(at)
                parts.append(text)
                continue
            match = TOKEN.match(line, at) if line[at] == ":" else None
            value = self._lookup(match["name"]) if match and match["name"] else None
            if match is not None and value is not None:
                parts.append(quoted_text(value, match["mark"]) if match["mark"] else value)
                at = match.end()
            else:
                parts.append(line[at])
                at += 1
        self._at = at
        return "".join(parts) if at > start else None

    def _argument_quoted(self, start: int) -> tuple[str, int]:
        """Read a quoted part of an argument: '' is taken off and has escapes, "" stays, `` is run."""
        mark, line, at = self._line[start], self._line, start + 1
        parts: list[str] = []
        while at < len(line):
            if mark == "'" and line[at] == "\\" and at + 1 < len(line):
                parts.append(ESCAPES.get(line[at + 1], line[at + 1]))
                at += 2
            elif line[at] != mark:
                parts.append(line[at])
                at += 1
            elif mark != "`" and line[at + 1 : at + 2] == mark:
                parts.append(mark if mark == "'" else mark * 2)
                at += 2
            else:
                text = "".join(parts)
                if mark == "`":
                    text = subprocess.run(text, shell=True, stdout=subprocess.PIPE, text=True).stdout
                return f'"{text}"' if mark == '"' else text.rstrip("\n") if mark == "`" else text, at + 1
        self._at = len(line)
        raise ProgrammingError("unterminated quoted string", sqlstate="42601")


def quoted_text(text: str, mark: str = "'") -> str:
    """Return a text as a literal, or as a name where the mark is `\"`."""
    doubled = text.replace(mark, mark * 2)
    if mark == "'" and "\\" in doubled:
        return " E'" + doubled.replace("\\", "\\\\") + "'"
    return f"{mark}{doubled}{mark}"


def has_words(text: str) -> bool:
    """Whether a text is more than space and comments."""
    at, depth = 0, 0
    while match := re.compile(r"\s+|--[^\n]*|/\*").match(text, at):
        at = match.end()
        if match.group() == "/*":
            depth = 1
            for mark in COMMENT_MARK.finditer(text, at):
                depth += 1 if mark.group() == "/*" else -1
                at = mark.end()
                if not depth:
                    break
            if depth:
                return True  # the parser says what is wrong with it
    return at < len(text)
