"""Values of every type written into text: concatenation, format, and quotes for SQL."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Sequence
from typing import Any

from vql.dataclass import dataclass
from vql.deadline import check_deadline
from vql.errors import DataError, InvalidParameterValue, InvalidText, NumericOutOfRange
from vql.functions.declare import Environment, function, operator
from vql.functions.output import writer
from vql.functions.system.keywords import needs_quotes
from vql.functions.text.parts import INTEGER_MAX, INTEGER_MIN, check_length
from vql.types.boolean import BOOLEAN
from vql.types.text import BPCHAR
from vql.types.type import Type

Types = Sequence[Type]
PLAIN_NAME = re.compile("[a-z_][a-z0-9_]*")
NAME_SPACE = " \t\n\r\v\f"
# All but what of ASCII is none of a name's: a set up to the last character takes 10 ms to compile.
NAME_START = re.compile(r"[^\x00-@\[-^`{-\x7f]")
NAME_REST = re.compile(r"[^\x00-#%-/:-@\[-^`{-\x7f]*")
NAME_QUOTED = re.compile('"((?:[^"]|"")*)"(?!")')
TO_SMALL = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)

# ------------------------------------------------------------------ concatenation


def as_text(environment: Environment, type_: Type) -> Callable[[Any], str]:
    """Return what casts values of a type to text; not all are then as they are sent."""
    if type_.base is BOOLEAN:
        return lambda value: "true" if value else "false"
    if type_.base is BPCHAR:
        return lambda value: str(value).rstrip(" ")
    return writer(type_.base, environment)


@operator("text || anynonarray -> text", volatility="stable", needs_types=True, needs_environment=True)
def text_and_any(environment: Environment, types: Types, text: str, value: Any) -> str:
    return text + as_text(environment, types[1])(value)


@operator("anynonarray || text -> text", volatility="stable", needs_types=True, needs_environment=True)
def any_and_text(environment: Environment, types: Types, value: Any, text: str) -> str:
    return as_text(environment, types[0])(value) + text


@function(
    'concat(VARIADIC "any") -> text',
    volatility="stable", is_strict=False, needs_types=True, needs_environment=True,
)  # fmt: skip
def concat(environment: Environment, types: Types, *values: Any) -> str:
    return "".join(_texts(environment, types, values))


@function(
    'concat_ws(text, VARIADIC "any") -> text',
    volatility="stable", is_strict=False, needs_types=True, needs_environment=True,
)  # fmt: skip
def concat_ws(environment: Environment, types: Types, separator: str | None, *values: Any) -> str | None:
    return None if separator is None else separator.join(_texts(environment, types[1:], values))


def _texts(environment: Environment, types: Types, values: Sequence[Any]) -> list[str]:
    given = zip(types, values, strict=True)
    return [writer(type_.base, environment)(value) for type_, value in given if value is not None]


@function('num_nulls(VARIADIC "any") -> integer', is_strict=False)
def num_nulls(*values: Any) -> int:
    return sum(value is None for value in values)


@function('num_nonnulls(VARIADIC "any") -> integer', is_strict=False)
def num_nonnulls(*values: Any) -> int:
    return sum(value is not None for value in values)


# ------------------------------------------------------------------ quotes


@function("quote_ident(text) -> text")
def quote_ident(name: str) -> str:
    if PLAIN_NAME.fullmatch(name) and not needs_quotes(name):
        return name
    return '"' + name.replace('"', '""') + '"'


@function("quote_literal(text) -> text")
def quote_literal(text: str) -> str:
    quoted = "'" + text.replace("'", "''").replace("\\", "\\\\") + "'"
    return "E" + quoted if "\\" in text else quoted


@function("quote_nullable(text) -> text", is_strict=False)
def quote_nullable(text: str | None) -> str:
    return "NULL" if text is None else quote_literal(text)


@function("quote_literal(anyelement) -> text", volatility="stable", needs_types=True, needs_environment=True)
def quote_literal_of_any(environment: Environment, types: Types, value: Any) -> str:
    return quote_literal(as_text(environment, types[0])(value))


@function(
    "quote_nullable(anyelement) -> text",
    volatility="stable", is_strict=False, needs_types=True, needs_environment=True,
)  # fmt: skip
def quote_nullable_of_any(environment: Environment, types: Types, value: Any) -> str:
    return "NULL" if value is None else quote_literal_of_any(environment, types, value)


@function("parse_ident(text, strict: boolean DEFAULT true) -> text[]")
def parse_ident(text: str, is_strict: bool = True) -> list[str]:
    """Return the parts of a qualified name; behind it anything may stand where it is not strict."""
    parts: list[str] = []
    place = _past_space(text, 0)
    while True:
        part, place = _name_at(text, place, bool(parts))
        parts.append(part)
        place = _past_space(text, place)
        if not text.startswith(".", place):
            break
        place = _past_space(text, place + 1)
    if place < len(text) and is_strict:
        raise _no_name(text)
    return parts


def _name_at(text: str, place: int, is_after_dot: bool) -> tuple[str, int]:
    if text.startswith('"', place):
        quoted = NAME_QUOTED.match(text, place)
        if quoted is None:
            raise _no_name(text, "String has unclosed double quotes.")
        if not quoted[1]:
            raise _no_name(text, "Quoted identifier must not be empty.")
        return quoted[1].replace('""', '"'), quoted.end()
    if NAME_START.match(text, place):
        rest = NAME_REST.match(text, place)
        assert rest, "what begins a name"
        return rest[0].translate(TO_SMALL), rest.end()
    if is_after_dot:
        raise _no_name(text, 'No valid identifier after ".".')
    raise _no_name(text, 'No valid identifier before ".".' if text.startswith(".", place) else None)


def _past_space(text: str, place: int) -> int:
    while place < len(text) and text[place] in NAME_SPACE:
        place += 1
    return place


def _no_name(text: str, detail: str | None = None) -> InvalidParameterValue:
    return InvalidParameterValue(f'string is not a valid identifier: "{text}"', detail=detail)


# ------------------------------------------------------------------ format

SPECIFIER = re.compile(
    r"(?:(?P<position>\d+)\$)?(?P<minus>-*)"
    r"(?:(?P<star>\*)(?:(?P<width_at>\d+)(?P<end>\$?))?|(?P<width>\d+))?"
)
HINT = 'For a single "%" use "%%".'


@dataclass(slots=True)
class _Arguments:
    """The arguments of format, taken one after the other or by their numbers, from 1."""

    environment: Environment
    types: Types
    values: Sequence[Any]
    following: int = 0

    def take(self, number: int | None) -> tuple[Type, Any]:
        if number is not None:
            self.following = number - 1
        if self.following >= len(self.values):
            raise InvalidParameterValue("too few arguments for format()")
        place, self.following = self.following, self.following + 1
        return self.types[place], self.values[place]

    def text(self, number: int | None) -> str | None:
        type_, value = self.take(number)
        return None if value is None else writer(type_.base, self.environment)(value)

    def width(self, number: int | None) -> int:
        text = self.text(number)
        if text is None:
            return 0
        if not re.fullmatch(r"\s*[-+]?\d+\s*", text):
            raise InvalidText(f'invalid input syntax for type integer: "{text}"')
        if not INTEGER_MIN <= int(text) <= INTEGER_MAX:
            raise NumericOutOfRange(f'value "{text}" is out of range for type integer')
        return int(text)


@function("format(text) -> text", volatility="stable", is_strict=False)
def format_alone(text: str | None) -> str | None:
    return None if text is None else _formatted(text, _Arguments(Environment(now_us=0), (), ()))


@function(
    'format(text, VARIADIC "any") -> text',
    volatility="stable", is_strict=False, needs_types=True, needs_environment=True,
)  # fmt: skip
def format_text(environment: Environment, types: Types, text: str | None, *values: Any) -> str | None:
    return None if text is None else _formatted(text, _Arguments(environment, types[1:], values))


def _formatted(text: str, arguments: _Arguments) -> str:
    made: list[str] = []
    place = 0
    while (percent := text.find("%", place)) >= 0:
        check_deadline()
        made.append(text[place:percent])
        if text.startswith("%", percent + 1):
            made.append("%")
            place = percent + 2
            continue
        found = SPECIFIER.match(text, percent + 1)
        assert found, "every part of it may be missing"
        piece, place = _specified(text, found, arguments)
        made.append(piece)
    return "".join(made) + text[place:]


def _specified(text: str, found: re.Match[str], arguments: _Arguments) -> tuple[str, int]:
    """Return what stands for a specifier, and where it ends."""
    position, width_at = _number(found["position"]), _number(found["width_at"])
    width = _number(found["width"]) or 0
    if position == 0 or (width_at == 0 and found["end"]):
        raise InvalidParameterValue("format specifies argument 0, but arguments are numbered from 1")
    if width_at is not None and not found["end"] and found.end() < len(text):
        raise InvalidParameterValue('width argument position must be ended by "$"')
    if found.end() == len(text):
        raise InvalidParameterValue("unterminated format() type specifier", hint=HINT)
    kind = text[found.end()]
    if kind not in "sIL":
        raise InvalidParameterValue(f'unrecognized format() type specifier "{kind}"', hint=HINT)
    if found["star"]:
        width = arguments.width(width_at)
    value = _converted(kind, arguments.text(position))
    if width == INTEGER_MIN:
        raise NumericOutOfRange("number is out of range")
    check_length(abs(width))
    filled = value.ljust(abs(width)) if width < 0 or found["minus"] else value.rjust(width)
    return filled, found.end() + 1


def _converted(kind: str, value: str | None) -> str:
    if kind == "L":
        return quote_nullable(value)
    if kind == "I":
        if value is None:
            raise DataError("null values cannot be formatted as an SQL identifier", sqlstate="22004")
        return quote_ident(value)
    return value or ""


def _number(digits: str | None) -> int | None:
    if digits is None:
        return None
    if int(digits[:12]) > INTEGER_MAX:
        raise NumericOutOfRange("number is out of range")
    return int(digits)
