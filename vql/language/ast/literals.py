"""Where a tree ends: constants as they are written, one by one, or many at once, kept as their text;
parameters, names, names of types, and what locks rows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vql.dataclass import dataclass
from vql.deadline import watched

Span = tuple[int, int]
STRING = re.compile(r"'[^']*(?:''[^']*)*'")
# The literals and brackets of rows of literals.
PIECE = re.compile(r"'[^']*(?:''[^']*)*'|[()]|[^\s,()]+")
# Longer ones are decimals: Python reads no longer integers from text.
INTEGER_DIGITS_MAX = 1_000
NOWHERE: Span = (0, 0)


class ColumnName(str):
    """The name of a column that is to be written, which may know where it stands."""

    __slots__ = ("span",)
    span: Span

    def __new__(cls, name: str, span: Span = NOWHERE) -> ColumnName:
        made = super().__new__(cls, name)
        made.span = span
        return made

    @property
    def position(self) -> int | None:
        """Where an error about it is, from 1."""
        return self.span[0] + 1 if self.span != NOWHERE else None


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant. `kind`: null, boolean, integer, decimal (value is its text), string, bits."""

    value: bool | int | str | None
    kind: str
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class LiteralList:
    """A long list of numbers or strings, `kind` integer or string, kept as its text with the brackets."""

    kind: str
    text: str
    span: Span = NOWHERE

    def values(self) -> tuple[int, ...] | tuple[str, ...]:
        """Return the numbers or the strings."""
        if self.kind == "integer":
            return tuple(map(int, self.text[1:-1].split(",")))
        return tuple(text[1:-1].replace("''", "'") for text in STRING.findall(self.text))

    def literals(self) -> tuple[Literal, ...]:
        """Return the list as single literals."""
        pieces = (piece for piece in PIECE.finditer(self.text) if piece.group() not in "()")
        places = ((self.span[0] + piece.start(), self.span[0] + piece.end()) for piece in pieces)
        values: tuple[int | str, ...] = self.values()
        return tuple(
            Literal(value, self.kind, span) for value, span in watched(zip(values, places, strict=True))
        )


@dataclass(frozen=True, slots=True)
class LiteralRows:
    """Many rows of literals, kept as their text."""

    text: str
    span: Span = NOWHERE

    def literals(self) -> tuple[tuple[Literal, ...], ...]:
        """Return the rows as single literals."""
        return tuple(self.each())

    def each(self) -> Iterator[tuple[Literal, ...]]:
        """Yield the rows as single literals."""
        row: list[Literal] = []
        for match in watched(PIECE.finditer(self.text)):
            text = match.group()
            if text == "(":
                row = []
            elif text == ")":
                yield tuple(row)
            else:
                start = self.span[0] + match.start()
                row.append(literal_of(text, (start, start + len(text))))

    def columns(self) -> list[list[str]] | None:
        """Return the texts of the literals by columns; None where the rows are not of one length."""
        texts = [piece.group() for piece in watched(PIECE.finditer(self.text))]
        size = texts.index(")") + 1
        opened, closed = texts[::size], texts[size - 1 :: size]
        if len(opened) != len(closed) or {*opened} != {"("} or {*closed} != {")"}:
            return None
        found = [texts[place::size] for place in range(1, size - 1)]
        return None if any("(" in column for column in found) else found


def negated(value: object) -> int | str:
    """Return the opposite of a number: of an int, or of the text of a numeric."""
    if isinstance(value, int):
        return -value
    text = str(value)
    return text[1:] if text.startswith("-") else f"-{text}"


def literal_of(text: str, span: Span = NOWHERE) -> Literal:
    """Return the literal of a text: a number with its sign, a string, or NULL, TRUE or FALSE."""
    if text[0] == "'":
        return Literal(text[1:-1].replace("''", "'"), "string", span)
    if text[0].isalpha():
        word = text.lower()
        return Literal(None, "null", span) if word == "null" else Literal(word == "true", "boolean", span)
    is_integer = text.lstrip("-").isdigit() and len(text) <= INTEGER_DIGITS_MAX
    return Literal(int(text), "integer", span) if is_integer else Literal(text, "decimal", span)


@dataclass(frozen=True, slots=True)
class TypeName:
    """A type as written: name (may be schema-qualified with dots, words joined by a blank, `[]`
    appended for an array), modifiers in brackets, and how many dimensions of an array it says, no more than
    shown."""

    name: str
    modifiers: tuple[int, ...] = ()
    span: Span = NOWHERE
    dimensions: int = 0


# The columns of a call in FROM, as json_to_record(j) AS t(a integer, b text) says them.
Definitions = tuple[tuple[str, TypeName], ...]


@dataclass(frozen=True, slots=True)
class VectorLiteral:
    """`[1, 2, 3]` of numbers only, outside quotes: kept as text, one terminal."""

    text: str
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Parameter:
    """`?` or `$n`; `index` counts from 0."""

    index: int
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Name:
    """A column reference: (column,), (table, column) or (schema, table, column)."""

    parts: tuple[str, ...]
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Star:
    """`*` or `table.*` in a select list, or the argument of count(*)."""

    table: str | None = None
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Locking:
    """FOR UPDATE and its kin: `strength` update, no key update, share or key share; `wait` nowait, skip, or
    empty; `tables` are those of OF, which stand at `places`."""

    strength: str
    wait: str = ""
    tables: tuple[str, ...] = ()
    places: tuple[int, ...] = ()
    span: Span = NOWHERE

    @property
    def clause(self) -> str:
        """What an error calls it."""
        return f"FOR {self.strength.upper()}"

    def place_of(self, table: str) -> int:
        """Return where the clause names a table, or stands."""
        return self.places[self.tables.index(table)] if table in self.tables else self.span[0] + 1


@dataclass(frozen=True, slots=True)
class Default:
    """DEFAULT in VALUES or SET."""

    span: Span = NOWHERE
