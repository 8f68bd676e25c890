"""The LALR(1) parser (Aho, Lam, Sethi and Ullman, Compilers, 2006, 4.7): tables of numbers and the loop
they drive.

lark makes the tables from grammar/vql.lark, in seconds: it makes a rule of each way to leave out what is
optional, which is why that stands in groups there. They are kept in the user's cache folder, a file for each
grammar, as plain numbers and names, which are read in a tenth of the time that lark needs for its own.
"""

from __future__ import annotations

import functools
import gc
import hashlib
import importlib.resources
import marshal
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import lark
from lark import Token, Tree

from vql.deadline import watched

END = "$END"
# How long tables are kept after they were made.
KEPT_S = 90 * 24 * 3600


class Rule(NamedTuple):
    """A production: what it makes, of how many symbols, by which method of the builder. `kept` are the
    (place, whether its parts take its place) of the symbols that the method gets, None for all as they are;
    where `single`, one alone is passed on as it is."""

    origin: str
    size: int
    method: str
    kept: tuple[tuple[int, bool], ...] | None
    single: bool


class Unexpected(Exception):
    """A token that cannot stand where it does; `accepted` are the terminals that could."""

    def __init__(self, token: Token, accepted: set[str]) -> None:
        super().__init__(token)
        self.token = token
        self.accepted = accepted


class Parser:
    """Builds trees bottom-up by the methods of `builder`, which have the names of rules or their aliases.

    `states` map terminals and rules to the next state, or to ~r where rule r is complete. `instead` gives the
    terminals that a token is where its own may not stand: many a keyword is a name too.
    """

    def __init__(
        self,
        states: list[dict[str, int]],
        rules: list[Rule],
        start: int,
        end: int,
        builder: object,
        instead: Callable[[Token], Iterable[str]],
    ) -> None:
        self._states = states
        self._instead = instead
        self._start, self._end = start, end
        self._shapes = [(rule.origin, rule.size) for rule in rules]
        self._build = [built(rule, builder) for rule in rules]

    def parse(self, tokens: Iterable[Token]) -> Any:
        """Return what the builder makes of the start rule. Raises Unexpected, and what the builder does."""
        states, stack = self._states, [self._start]
        values: list[Any] = []
        token = None
        for token in watched(tokens):
            token = self._reduce(token, token.type, stack, values)
            stack.append(states[stack[-1]][token.type])
            values.append(token)
        last = Token(END, "", 0, 1, 1) if token is None else Token.new_borrow_pos(END, "", token)
        self._reduce(last, END, stack, values)
        return values[-1]

    def _reduce(self, token: Token, kind: str, stack: list[int], values: list[Any]) -> Token:
        """Apply the rules that are complete before a token, until it can be shifted or all is one. Returns it
        as what it is there."""
        states, others = self._states, None
        while True:
            action = states[stack[-1]].get(kind)
            if action is None:
                if others is None:
                    others = iter(self._instead(token))
                found = next((other for other in others if other in states[stack[-1]]), None)
                if found is None:
                    raise Unexpected(token, self._accepted(stack))
                kind, token = found, token.update(type=found)
                continue
            if action >= 0:
                return token
            origin, size = self._shapes[~action]
            parts = values[len(values) - size :]
            del values[len(values) - size :], stack[len(stack) - size :]
            values.append(self._build[~action](parts))
            stack.append(states[stack[-1]][origin])
            if kind == END and stack[-1] == self._end:
                return token

    def _accepted(self, stack: list[int]) -> set[str]:
        """Return the terminals that could come next: those that can be shifted in the end."""
        return {
            kind for kind in self._states[stack[-1]] if kind.isupper() and self._shifts(kind, list(stack))
        }

    def _shifts(self, kind: str, stack: list[int]) -> bool:
        while True:
            action = self._states[stack[-1]].get(kind)
            if action is None or action >= 0:
                return action is not None
            origin, size = self._shapes[~action]
            del stack[len(stack) - size :]
            stack.append(self._states[stack[-1]][origin])
            if kind == END and stack[-1] == self._end:
                return True


def built(rule: Rule, builder: object) -> Callable[[list[Any]], Any]:
    """Return what makes a rule's value of those of its symbols."""
    method: Callable[[list[Any]], Any] = getattr(builder, rule.method, functools.partial(Tree, rule.method))
    kept, single = rule.kept, rule.single
    if kept is None and not single:
        return method

    def build(parts: list[Any]) -> Any:
        if kept is not None:
            chosen: list[Any] = []
            for place, opened in kept:
                if not opened:
                    chosen.append(parts[place])
                elif chosen:
                    chosen += parts[place].children
                else:  # taken over: what repeats is a list that grows by one item a rule
                    chosen = parts[place].children
            parts = chosen
        return parts[0] if single and len(parts) == 1 else method(parts)

    return build


def parser(builder: object, instead: Callable[[Token], Iterable[str]]) -> Parser:
    """Return the parser of grammar/vql.lark, its tables from the cache folder where that can be written."""
    grammar = importlib.resources.files("vql.grammar").joinpath("vql.lark").read_text()
    version = f"{lark.__version__} {sys.version}"
    key = hashlib.sha256(f"{version}\n{grammar}".encode()).digest()
    file = cache_file(key)
    # The tables are thousands of small objects that stay: there is no garbage to be collected between them.
    collecting = gc.isenabled()
    gc.disable()
    try:
        found = read(file, key)
        if found is None:
            found = make(grammar)
            keep(file, key, found)
        states, rules, start, end = found
        return Parser(states, [Rule(*rule) for rule in rules], start, end, builder, instead)
    finally:
        if collecting:
            gc.enable()


def make(grammar: str) -> tuple[list[dict[str, int]], list[tuple[Any, ...]], int, int]:
    """Return states, rules, the first and the last state of a grammar in lark's language."""
    import lark

    made = lark.Lark(grammar, parser="lalr", lexer="basic", maybe_placeholders=False)
    table = made.parser.parser._parse_table
    numbers = {rule: number for number, rule in enumerate(made.rules)}
    states: list[dict[str, int]] = [{} for _ in range(max(table.states) + 1)]
    for state, actions in table.states.items():
        for name, (_, argument) in actions.items():
            states[state][str(name)] = argument if isinstance(argument, int) else ~numbers[argument]
    rules = []
    for rule in made.rules:
        symbols: list[Any] = list(rule.expansion)
        kept = tuple(
            (place, not symbol.is_term and symbol.name.startswith("_"))
            for place, symbol in enumerate(symbols)
            if not (symbol.is_term and symbol.filter_out)
        )
        plain = len(kept) == len(symbols) and not any(opened for _, opened in kept)
        method = rule.alias or rule.origin.name
        single = bool(rule.options.expand1 and not rule.alias)
        rules.append((str(rule.origin.name), len(symbols), str(method), None if plain else kept, single))
    return states, rules, table.start_states["start"], table.end_states["start"]


def cache_file(key: bytes) -> Path:
    """Return where the tables of a grammar are kept, by user: versions of the package stand beside each
    other."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "vql" / f"tables-{key.hex()[:16]}.bin"


def read(file: Path, key: bytes) -> Any:
    """Return what `keep` has put there; None where there is nothing, or of another grammar."""
    try:
        content = file.read_bytes()
        if not content.startswith(key):
            return None
        body = content[2 * len(key) :]
        if hashlib.sha256(body).digest() != content[len(key) : 2 * len(key)]:
            return None
        return marshal.loads(body)
    except (OSError, EOFError, ValueError, TypeError):
        return None


def keep(file: Path, key: bytes, tables: Any) -> None:
    """Write the tables for the next process; where that cannot be, it makes its own."""
    body = marshal.dumps(tables)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as written:
            try:
                written.write(key + hashlib.sha256(body).digest() + body)
                written.close()
                os.replace(written.name, file)
                for other in file.parent.glob("tables-*.bin"):
                    if other.stat().st_mtime < time.time() - KEPT_S:
                        other.unlink()
            except OSError:
                os.unlink(written.name)
    except OSError:
        return
