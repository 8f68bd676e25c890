"""Golden scripts: statements, `---`, what they must give; embedded and over the wire alike.

A script is blocks divided by empty lines. A block is comment lines (`#`), statements each ended by
`;`, then `---` and the expected output. Output of a statement is its rows, `a | b` with NULL as
NULL (those of one column in one line), then its tag unless it is a query; or an error, as
`ERROR 42703: message`, with `at N` where the place is known, DETAIL and HINT.

Tags before a statement change what is printed: `[header]` the columns' names and types, `[sorted]`
the rows in order. `[moment] before;` keeps this moment, `$before` in a statement stands for it.
`[plan]` shows how a statement is going to run, `[ops]` what it wrote (`recorder`), in lines that begin
with `> `. Only embedded sessions show that; over the wire the answers alone are compared.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

TAG = re.compile(r"^\s*\[(\w+)\]\s*")
MOMENT = re.compile(r"\$(?=[a-z])(\w+)")
BENEATH = "> "
# What differs from run to run: times taken, and numbers that other scripts on the same server have moved.
UNSTABLE = [
    (re.compile(r"\d+\.\d+ ms"), "N ms"),
    (re.compile(r"time=\d+\.\d+"), "time=N"),
    (re.compile(r"on segment \d+"), "on segment N"),
    (re.compile(r"VERSION \d+"), "VERSION N"),
]


@dataclass(frozen=True)
class Outcome:
    """What one statement gave, in texts."""

    names: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[str | None]] | None
    tag: str


class Failure(Exception):
    """A statement's error as the transport shows it."""

    def __init__(
        self, state: str, message: str, position: int | None, detail: str | None, hint: str | None
    ) -> None:
        super().__init__(message)
        self.lines = [f"ERROR {state}: {message}" + (f" at {position}" if position else "")]
        self.lines += [f"DETAIL: {detail}"] if detail else []
        self.lines += [f"HINT: {hint}"] if hint else []


class Transport(Protocol):
    """Runs one statement; raises Failure. A transport that shows what goes on beneath has writes to take."""

    shows_beneath: bool

    def run(self, sql: str) -> Outcome: ...

    def take_writes(self) -> list[str]: ...


@dataclass
class Block:
    """Lines of comments and statements, and what is expected of them."""

    source: str
    expected: str

    def answers(self) -> str:
        """Return what is expected of a transport that does not show what goes on beneath."""
        return "\n".join(line for line in self.expected.splitlines() if not line.startswith(BENEATH))


def read(text: str) -> list[Block]:
    """Split a script into blocks. A block's expectation ends at the first empty line after it."""
    blocks = []
    for part in re.split(r"\n{2,}", text.strip("\n")):
        source, mark, expected = part.partition("\n---")
        assert mark or source.lstrip().startswith("#"), f"a block without ---: {part}"
        blocks.append(Block(source, expected.strip("\n") if mark else ""))
    return blocks


def write(blocks: Sequence[Block], outputs: Sequence[str]) -> str:
    """Return the script with these outputs as expectations."""
    parts = []
    for block, output in zip(blocks, outputs, strict=True):
        bare = all(line.startswith("#") for line in block.source.strip().splitlines())
        parts.append(block.source if bare else f"{block.source}\n---\n{output}".rstrip("\n"))
    return "\n\n".join(parts) + "\n"


class Runner:
    """Runs blocks on a transport and keeps named moments."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._moments: dict[str, str] = {}

    def run(self, block: Block) -> str:
        """Return a block's output."""
        lines = [line for line in block.source.splitlines() if not line.startswith("#")]
        out: list[str] = []
        for statement in split("\n".join(lines)):
            tags = []
            while match := TAG.match(statement):
                tags.append(match[1])
                statement = statement[match.end() :]
            if "moment" in tags:
                self._moments[statement.strip()] = now()
            elif statement.strip():
                out += self._statement(MOMENT.sub(self._moment, statement.strip()), tags)
        return "\n".join(out)

    def _moment(self, match: re.Match[str]) -> str:
        return f"'{self._moments[match[1]]}'"

    def _statement(self, sql: str, tags: Sequence[str]) -> list[str]:
        """Return the plan, the answer and the writes, those which the tags ask for."""
        beneath = tags if self._transport.shows_beneath else ()
        lines = self._answer(f"EXPLAIN {sql}", ()) if "plan" in beneath else []
        out = [f"{BENEATH}{line}" for line in lines]
        if "ops" in beneath:
            self._transport.take_writes()
        out += self._answer(sql, tags)
        if "ops" in beneath:
            out += [f"{BENEATH}{line}" for line in self._transport.take_writes()]
        return out

    def _answer(self, sql: str, tags: Sequence[str]) -> list[str]:
        try:
            outcome = self._transport.run(sql)
        except Failure as failure:
            return [stable(line) for line in failure.lines]
        out = []
        if "header" in tags:
            out.append(" | ".join(f"{name} {type_}" for name, type_ in outcome.names))
        if outcome.rows is not None:
            rows = [" | ".join("NULL" if c is None else c for c in row) for row in outcome.rows]
            rows = sorted(rows) if "sorted" in tags else rows
            # A list of keys is easier read in one line.
            out += [", ".join(rows)] if rows and is_list(outcome) else rows
        if outcome.rows is None or not outcome.tag.startswith(("SELECT", "SHOW", "EXPLAIN")):
            out.append(outcome.tag)
        elif not outcome.rows:
            out.append("(no rows)")
        return [stable(line) for line in out]


def is_list(outcome: Outcome) -> bool:
    """Whether rows are single values of a SELECT."""
    return len(outcome.names) == 1 and outcome.tag.startswith("SELECT")


def split(text: str) -> list[str]:
    """Cut statements at semicolons that end a line."""
    return [part for part in re.split(r";[ \t]*(?:\n|$)", text) if part.strip()]


def stable(line: str) -> str:
    """Take times out of a line."""
    for pattern, replacement in UNSTABLE:
        line = pattern.sub(replacement, line)
    return line


def now() -> str:
    """Return a moment that no commit shares."""
    time.sleep(0.005)
    moment = datetime.now(UTC).isoformat(sep=" ")
    time.sleep(0.005)
    return moment
