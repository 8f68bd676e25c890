"""Parts of text: what is cut out, put in, filled up, exchanged and split."""

from __future__ import annotations

import operator as compare
import re
from collections.abc import Iterator, Sequence

from vql.deadline import runs_watched, watched
from vql.errors import DataError, InvalidParameterValue, LimitExceeded, NumericOutOfRange
from vql.functions.declare import aggregate, function, in_duck, operator_in_duck
from vql.limits import VALUE_BYTES_MAX

INTEGER_MIN, INTEGER_MAX = -(2**31), 2**31 - 1
# Characters that are split by one call of C: 10 ms.
SPLIT_AT_ONCE_MAX = 1 << 18

operator_in_duck("text || text -> text", "({0} || {1})", compare.add)
operator_in_duck("text ^@ text -> boolean", "starts_with({0}, {1})", str.startswith)
in_duck("starts_with(text, text) -> boolean", "starts_with({0}, {1})", str.startswith)


# ------------------------------------------------------------------ by place


def negative_length() -> DataError:
    return DataError("negative substring length not allowed", sqlstate="22011")


def within(length: int, start: int, count: int | None) -> slice:
    """Return the places from the `start`-th (from 1, which may lie outside) on, `count` of them or all.
    Raises 22011."""
    if count is None:
        return slice(max(start - 1, 0), length)
    if count < 0:
        raise negative_length()
    return slice(max(start - 1, 0), max(start - 1 + count, 0))


@function("substr(text, integer) -> text", duck="substring({0}, CASE WHEN {1} < 1 THEN 1 ELSE {1} END)")
@function("substring(text, integer) -> text", duck="substring({0}, CASE WHEN {1} < 1 THEN 1 ELSE {1} END)")
@function("substr(text, integer, integer) -> text")
@function("substring(text, integer, integer) -> text")
def substr(text: str, start: int, count: int | None = None) -> str:
    return text[within(len(text), start, count)]


def replaced_places(length: int, start: int, count: int) -> tuple[slice, slice]:
    """Return what stays in front of and behind `count` places from the `start`-th. Raises 22011, 22003."""
    if start <= 0:
        raise negative_length()
    if not INTEGER_MIN <= start + count <= INTEGER_MAX:
        raise NumericOutOfRange("integer out of range")
    return within(length, 1, start - 1), within(length, start + count, None)


@function("overlay(text, text, integer) -> text")
@function("overlay(text, text, integer, integer) -> text")
def overlay(text: str, part: str, start: int, count: int | None = None) -> str:
    head, tail = replaced_places(len(text), start, len(part) if count is None else count)
    return text[head] + part + text[tail]


@function("position(text, text) -> integer", duck="CAST(strpos({0}, {1}) AS INTEGER)")
@function("strpos(text, text) -> integer", duck="CAST(strpos({0}, {1}) AS INTEGER)")
def strpos(text: str, part: str) -> int:
    return text.find(part) + 1


@function("left(text, integer) -> text", duck="left({0}, {1})")
def left_part(text: str, count: int) -> str:
    return text[:count]


@function("right(text, integer) -> text")
def right_part(text: str, count: int) -> str:
    if not count:
        return ""
    return text if count == INTEGER_MIN else text[-count:]  # whose opposite is no integer


# ------------------------------------------------------------------ filled and trimmed


def check_length(characters: int) -> None:
    """Refuse a value of more characters than a function may make. Raises 54000."""
    if characters > VALUE_BYTES_MAX:
        raise LimitExceeded("requested length too large")


@function("lpad(text, integer) -> text")
@function("lpad(text, integer, text) -> text")
def lpad(text: str, length: int, fill: str = " ") -> str:
    return _filling(len(text), length, fill) + text[: max(length, 0)]


@function("rpad(text, integer) -> text")
@function("rpad(text, integer, text) -> text")
def rpad(text: str, length: int, fill: str = " ") -> str:
    return text[: max(length, 0)] + _filling(len(text), length, fill)


def _filling(present: int, length: int, fill: str) -> str:
    missing = length - present
    if missing <= 0 or not fill:
        return ""
    check_length(length)
    return (fill * (missing // len(fill) + 1))[:missing]


@function("ltrim(text) -> text", duck="ltrim({0}, ' ')")
@function("ltrim(text, text) -> text", duck="ltrim({0}, {1})")
def ltrim(text: str, chars: str = " ") -> str:
    return text.lstrip(chars) if chars else text


@function("rtrim(text) -> text", duck="rtrim({0}, ' ')")
@function("rtrim(text, text) -> text", duck="rtrim({0}, {1})")
def rtrim(text: str, chars: str = " ") -> str:
    return text.rstrip(chars) if chars else text


@function("btrim(text) -> text", duck="trim({0}, ' ')")
@function("btrim(text, text) -> text", duck="trim({0}, {1})")
def btrim(text: str, chars: str = " ") -> str:
    return text.strip(chars) if chars else text


@function("repeat(text, integer) -> text")
def repeat(text: str, count: int) -> str:
    check_length(len(text) * count)
    return text * count


# ------------------------------------------------------------------ exchanged


@function("replace(text, text, text) -> text", duck="replace({0}, {1}, {2})")
def replace(text: str, part: str, other: str) -> str:
    if not part:
        return text
    check_length(len(text) + text.count(part) * (len(other) - len(part)))
    return text.replace(part, other)


@function("translate(text, text, text) -> text", duck="translate({0}, {1}, {2})")
def translate(text: str, chars: str, others: str) -> str:
    table: dict[int, str] = {}
    for place, char in enumerate(chars):
        table.setdefault(ord(char), others[place : place + 1])
    return "".join(str(run).translate(table) for run in runs_watched(text))


@function("reverse(text) -> text")
def reverse(text: str) -> str:
    return text[::-1]


@function("ascii(text) -> integer", duck="ascii({0})")
def code_of(text: str) -> int:
    return ord(text[0]) if text else 0


@function("chr(integer) -> text")
def char_of_code(code: int) -> str:
    if code < 0:
        raise InvalidParameterValue("character number must be positive")
    if code == 0:
        raise LimitExceeded("null character not permitted")
    if code > 0x10FFFF:
        raise LimitExceeded(f"requested character too large for encoding: {code}")
    if 0xD800 <= code <= 0xDFFF:
        raise LimitExceeded(f"requested character not valid for encoding: {code}")
    return chr(code)


# ------------------------------------------------------------------ split and joined


def _fields(text: str, delimiter: str | None) -> list[str]:
    """Return the parts between delimiters; the whole where it is empty, the characters where it is NULL."""
    if not text:
        return []
    if delimiter is None:
        return list(text)
    if not delimiter or len(text) < SPLIT_AT_ONCE_MAX:
        return text.split(delimiter) if delimiter else [text]
    fields, end = list[str](), 0
    for found in watched(re.finditer(re.escape(delimiter), text)):
        fields.append(text[end : found.start()])
        end = found.end()
    return [*fields, text[end:]]


@function("split_part(text, text, integer) -> text")
def split_part(text: str, delimiter: str, number: int) -> str:
    if number == 0:
        raise InvalidParameterValue("field position must not be zero")
    fields = _fields(text, delimiter)
    place = number - 1 if number > 0 else len(fields) + number
    return fields[place] if 0 <= place < len(fields) else ""


@function("string_to_array(text, text) -> text[]", is_strict=False)
@function("string_to_array(text, text, text) -> text[]", is_strict=False)
def string_to_array(
    text: str | None, delimiter: str | None, null: str | None = None
) -> list[str | None] | None:
    if text is None:
        return None
    return [None if field == null else field for field in _fields(text, delimiter)]


@function("string_to_table(text, text) -> setof text", is_strict=False)
@function("string_to_table(text, text, text) -> setof text", is_strict=False)
def string_to_table(text: str | None, delimiter: str | None, null: str | None = None) -> Iterator[str | None]:
    yield from string_to_array(text, delimiter, null) or ()


@aggregate("string_agg(text, text) -> text", is_strict=False)
def string_agg(rows: Sequence[tuple[str | None, str | None]]) -> str | None:
    """Join values; the delimiter in front of each is its own row's."""
    made: list[str] = []
    for value, delimiter in rows:
        if value is not None:
            made += [delimiter or "", value] if made else [value]
    return "".join(made) if made else None
