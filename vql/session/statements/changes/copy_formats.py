"""COPY's formats (manual, COPY, "File Formats"): bytes to columns in blocks, rows to bytes.

A reader is fed bytes as they come and gives back complete rows by columns: text and csv as strings
(None for NULL), binary as bytes. `copy_cells` then makes each column's values at once; numbers and
vectors become arrays without a Python object for each.

| binary part | bytes |
|---|---|
| signature | `PGCOPY\\n\\377\\r\\n\\0` |
| flags, extension length | int32, int32, then the extension |
| row | int16 fields; each int32 length (-1: NULL) and bytes |
| trailer | int16 -1 |
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from vql import schema
from vql.dataclass import dataclass
from vql.errors import DataError, Error, InvalidParameterValue, NotSupportedError, ProgrammingError
from vql.types.forms.binary import decode_text

Cells = Sequence[str | bytes | None]
SIGNATURE = b"PGCOPY\n\xff\r\n\0"
TRAILER = b"\xff\xff"
ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{1,2}|[0-7]{1,3}|.)", re.DOTALL)
_MUST_ESCAPE = re.compile(r"[\\\b\f\n\r\t\v]")
# Options that list columns, and what stands for all columns.
FORCES, EVERY = ("force_quote", "force_not_null", "force_null"), "*"
Names = tuple[str, ...] | str
_TRUE = ("true", "on", "1", "")
_FALSE = ("false", "off", "0")

_i16, _i32 = struct.Struct(">h").unpack_from, struct.Struct(">i").unpack_from


@dataclass(frozen=True, slots=True)
class Format:
    """How a COPY's bytes are laid out."""

    kind: str
    delimiter: str
    null: str
    header: bool
    quote: str
    escape: str
    # Columns in quotes whatever they hold, and those whose null string is a text, or is NULL in quotes too.
    force_quote: Names = ()
    force_not_null: Names = ()
    force_null: Names = ()

    @property
    def binary(self) -> bool:
        return self.kind == "binary"


def format_of(options: Mapping[str, str], *, is_from: bool) -> Format:
    """Read COPY's options. Raises 0A000 and 22023 as Postgres does."""
    kind = options.get("format", "text").lower()
    if kind not in ("text", "csv", "binary"):
        raise InvalidParameterValue(f'COPY format "{kind}" not recognized')
    known = {"format", "delimiter", "null", "header", "quote", "escape", "freeze", "encoding", *FORCES}
    for name in options:
        if name not in known:
            raise NotSupportedError(f'option "{name}" of COPY is not supported yet')
    encoding = options.get("encoding", "utf8").lower().replace("-", "")
    if encoding not in ("utf8", "unicode", "sql_ascii"):
        raise NotSupportedError(f'COPY encoding "{encoding}" is not supported; send UTF8')
    is_csv = kind == "csv"
    quote = options.get("quote", '"')
    made = Format(
        kind,
        options.get("delimiter", "," if is_csv else "\t"),
        options.get("null", "" if is_csv else "\\N"),
        _switch(options.get("header", "false")),
        quote,
        options.get("escape", quote),
        **{name: _names(name, options[name], kind, is_from) for name in FORCES if name in options},
    )
    if len(made.delimiter) != 1 or made.delimiter in "\n\r":
        raise NotSupportedError("COPY delimiter must be a single one-byte character")
    if is_csv and (len(quote) != 1 or len(made.escape) != 1):
        raise NotSupportedError("COPY quote and escape must be single one-byte characters")
    if made.header and kind == "binary":
        raise NotSupportedError("cannot specify HEADER in BINARY mode")
    return made


def _names(name: str, value: str, kind: str, is_from: bool) -> Names:
    """Read a list of columns."""
    if value != EVERY and not value.startswith("["):
        raise InvalidParameterValue(f'argument to option "{name}" must be a list of column names')
    if kind != "csv":
        raise NotSupportedError(f"COPY {name.upper()} requires CSV mode")
    if is_from and name == "force_quote":
        raise NotSupportedError("COPY FORCE_QUOTE cannot be used with COPY FROM")
    if not is_from and name != "force_quote":
        raise InvalidParameterValue(f"COPY {name.upper()} cannot be used with COPY TO")
    return EVERY if value == EVERY else tuple(json.loads(value))


def named_among(names: Names, columns: Sequence[str], option: str) -> list[bool]:
    """Return which columns an option names. Raises 42P10 for one that is none of them."""
    if names == EVERY:
        return [True] * len(columns)
    for name in names:
        if name not in columns:
            raise ProgrammingError(f'{option} column "{name}" not referenced by COPY', sqlstate="42P10")
    return [column in names for column in columns]


def _switch(word: str) -> bool:
    if word.lower() not in _TRUE + _FALSE + ("match",):
        raise InvalidParameterValue(f'header requires a Boolean value, not "{word}"')
    return word.lower() not in _FALSE


class Reader(Protocol):
    """Turns bytes into rows by columns."""

    row: int  # rows given out so far, for messages

    def feed(self, data: bytes) -> None: ...
    def take(self, final: bool) -> list[Cells]: ...

    @property
    def buffered_bytes(self) -> int: ...


def reader_of(form: Format, columns: Sequence[schema.Column]) -> Reader:
    """Return the reader of a format."""
    names = [column.name for column in columns]
    if form.kind == "binary":
        return BinaryReader(names)
    return LineReader(form, names, text_rows if form.kind == "text" else csv_rows)


# ------------------------------------------------------------------ text and csv


Rows = list[list[str | None]]
SplitRows = Callable[[str, Format, bool], tuple[Rows, int]]


class LineReader:
    """Reads text and csv; `split` gives rows and how many characters they took."""

    def __init__(self, form: Format, names: Sequence[str], split: SplitRows) -> None:
        self.row = 0
        self._form = form
        self._names = names
        self._split = split
        self._chunks: list[bytes] = []
        self._bytes = 0
        self._header = form.header
        self._ended = False
        not_null = named_among(form.force_not_null, names, "FORCE_NOT_NULL")
        null = named_among(form.force_null, names, "FORCE_NULL")
        self._forced = list(zip(not_null, null, strict=True))

    @property
    def buffered_bytes(self) -> int:
        """Bytes not yet given out."""
        return self._bytes

    def feed(self, data: bytes) -> None:
        """Take bytes; what follows the end marker is dropped."""
        if not self._ended:
            self._chunks.append(data)
            self._bytes += len(data)

    def take(self, final: bool) -> list[Cells]:
        """Return complete rows by columns, [] for none. Raises 22P04."""
        data = b"".join(self._chunks)
        self._chunks.clear()
        # Never cut inside a character: a newline byte is one in UTF-8 wherever it stands.
        end = len(data) if final else data.rfind(b"\n") + 1
        text = decode_text(data[:end])
        rows, used = self._split(text, self._form, final)
        rest = text[used:].encode() + data[end:]
        if rest:
            self._chunks.append(rest)
        self._bytes = len(rest)
        if self._header and rows:
            del rows[0]
            self._header = False
        for number, row in enumerate(rows):
            if row == ["\\."]:
                del rows[number:]
                self._ended = True
                self._chunks.clear()
                break
        return self._columns(rows)

    def _columns(self, rows: Rows) -> list[Cells]:
        width = len(self._names)
        for number, row in enumerate(rows, self.row + 1):
            if len(row) != width:
                if len(row) > width:
                    raise bad_file("extra data after last expected column", number)
                raise bad_file(f'missing data for column "{self._names[len(row)]}"', number)
        self.row += len(rows)
        found: list[Cells] = list(zip(*rows, strict=True)) if rows else []
        if self._form.force_null or self._form.force_not_null:
            found = [self._read_anew(*each) for each in zip(found, self._forced, strict=False)]
        return found

    def _read_anew(self, cells: Cells, forced: tuple[bool, bool]) -> Cells:
        """Return a column whose null strings are NULL or not as its options say: one that is a text already
        stood in quotes."""
        not_null, null = self._form.null if forced[0] else None, None if forced[1] else self._form.null
        return [not_null if cell is None else null if cell == self._form.null else cell for cell in cells]


def bad_file(message: str, row: int) -> Error:
    """Return 22P04 with the row it is about."""
    error = DataError(message, sqlstate="22P04")
    error.context = f"COPY, row {row}"
    return error


def _lines(text: str, final: bool) -> tuple[list[str], int]:
    used = len(text) if final else text.rfind("\n") + 1
    lines = text[:used].split("\n")
    if lines and not lines[-1]:
        del lines[-1]
    if lines and lines[0].endswith("\r"):
        lines = [line.removesuffix("\r") for line in lines]
    return lines, used


def text_rows(text: str, form: Format, final: bool) -> tuple[Rows, int]:
    """Split text format: a backslash escapes, the null string is compared before unescaping."""
    # An escaped newline or delimiter, allowed though never written, would split a line in two.
    if f"\\{form.delimiter}" in text or "\\\n" in text:
        return _escaped_rows(text, form, final)
    lines, used = _lines(text, final)
    rows: Rows = [line.split(form.delimiter) for line in lines]  # type: ignore[misc]
    if "\\" in text or form.null != "\\N":
        rows = [[unescaped(f, form.null) for f in row] if row != ["\\."] else row for row in rows]
    return rows, used


def unescaped(field: str | None, null: str) -> str | None:
    """Read one field of text format."""
    if field is None or field == null:
        return None
    return _ESCAPE.sub(_unescape, field) if "\\" in field else field


def _unescape(match: re.Match[str]) -> str:
    word = match[1]
    if word[0] == "x" and len(word) > 1:
        return chr(int(word[1:], 16))
    if word[0] in "01234567":
        return chr(int(word, 8) & 0xFF)
    return ESCAPES.get(word, word)


def _escaped_rows(text: str, form: Format, final: bool) -> tuple[Rows, int]:
    field = re.compile(
        rf"((?:[^\\\n{re.escape(form.delimiter)}]|\\.)*)([\n{re.escape(form.delimiter)}]|\Z)",
        re.DOTALL,
    )
    return _tokenised(text, field, final, lambda raw: unescaped(raw, form.null))


def csv_rows(text: str, form: Format, final: bool) -> tuple[Rows, int]:
    """Split csv: quoted fields may hold delimiters and newlines; an unquoted null string is NULL."""
    if form.quote not in text:
        lines, used = _lines(text, final)
        rows: Rows = [line.split(form.delimiter) for line in lines]  # type: ignore[misc]
        null = form.null
        return [[None if f == null else f for f in row] if null in row else row for row in rows], used
    return plainly_quoted_rows(text, form, final) or quoted_rows(text, form, final)


def plainly_quoted_rows(text: str, form: Format, final: bool) -> tuple[Rows, int] | None:
    """Split csv whose quotes all stand around whole fields: what is quoted is taken out, and put back for the
    fields that are one quote then. None where quotes stand otherwise, and for ends of lines but LF."""
    used = len(text) if final else text.rfind("\n") + 1
    quote, null = form.quote, form.null
    pieces = text[:used].split(quote)
    bare, quoted = quote.join(pieces[::2]), pieces[1::2]
    if not len(pieces) % 2 or "\r" in bare or "\\." in bare:
        return None
    rows: Rows = [line.split(form.delimiter) for line in _lines(bare, True)[0]]  # type: ignore[misc]
    if sum(row.count(quote) for row in rows) != len(quoted):
        return None
    waiting = iter(quoted)
    return [[None if f == null else next(waiting) if f == quote else f for f in row] for row in rows], used


def quoted_rows(text: str, form: Format, final: bool) -> tuple[Rows, int]:
    """Split csv field by field."""
    quote, escape = re.escape(form.quote), re.escape(form.escape)
    inside = rf"(?:[^{quote}{escape}]|{escape}[{quote}{escape}]|{escape}(?!{quote}))*"
    if form.quote == form.escape:
        inside = rf"[^{quote}]*"  # a doubled quote ends one quoted part and begins another
    plain = rf"[^{quote}\r\n{re.escape(form.delimiter)}]*"
    field = re.compile(
        rf"({plain}(?:{quote}{inside}{quote}{plain})*)(\r?\n|\r|{re.escape(form.delimiter)}|\Z)"
    )
    return _tokenised(text, field, final, lambda raw: _csv_value(raw, form))


def _csv_value(raw: str, form: Format) -> str | None:
    if form.quote not in raw:
        return None if raw == form.null else raw
    bare = raw[1:-1]
    if raw[0] == raw[-1] == form.quote and form.quote not in bare and form.escape not in bare:
        return bare
    out, position, inside = [], 0, False
    while position < len(raw):
        char = raw[position]
        following = raw[position + 1 : position + 2]
        if inside and char == form.escape and following and following in form.quote + form.escape:
            out.append(following)
            position += 1
        elif char == form.quote:
            inside = not inside
        else:
            out.append(char)
        position += 1
    return "".join(out)


def _tokenised(
    text: str, field: re.Pattern[str], final: bool, value: Callable[[str], str | None]
) -> tuple[Rows, int]:
    """Read fields one by one; a row that does not end in `text` is left for the next time."""
    rows: Rows = []
    row: list[str | None] = []
    used = position = 0
    while position < len(text):
        match = field.match(text, position)
        if match is None or (match.end() == len(text) and not match[2] and not final):
            break
        position = match.end()
        row.append(value(match[1]) if match[1] != "\\." else "\\.")
        if match[2] in ("\n", "\r\n", "\r", ""):
            rows.append(row)
            row = []
            used = position
    if final and (used < len(text) or row):
        if row and position == len(text):
            rows.append([*row, value("")])
            return rows, position
        raise bad_file("unterminated CSV quoted field", len(rows) + 1)
    return rows, used


# ------------------------------------------------------------------ binary


class BinaryReader:
    """Reads binary COPY."""

    def __init__(self, names: Sequence[str]) -> None:
        self.row = 0
        self._names = names
        self._data = b""
        self._chunks: list[bytes] = []
        self._bytes = 0
        self._started = False
        self._ended = False

    @property
    def buffered_bytes(self) -> int:
        """Bytes not yet given out."""
        return self._bytes

    def feed(self, data: bytes) -> None:
        """Take bytes."""
        self._chunks.append(data)
        self._bytes += len(data)

    def take(self, final: bool) -> list[Cells]:
        """Return complete rows by columns, [] for none. Raises 22P04."""
        data = b"".join(self._chunks)
        position = 0 if self._started else self._header(data, final)
        rows: list[list[bytes | None]] = []
        while position >= 0 and not self._ended:
            end, row = self._row(data, position)
            if row is None:
                break
            position = end
            if row:
                rows.append(row)
        self._chunks = [data[max(position, 0) :]]
        self._bytes = len(self._chunks[0])
        if final and not self._ended:
            raise bad_file("unexpected EOF in COPY data", self.row + len(rows) + 1)
        self.row += len(rows)
        return list(zip(*rows, strict=True)) if rows else []

    def _header(self, data: bytes, final: bool) -> int:
        """Return where rows begin, -1 while that has not arrived."""
        if not data.startswith(SIGNATURE[: len(data)]):
            raise bad_file("COPY file signature not recognized", 0)
        if len(data) < 19:
            if final:
                raise bad_file("invalid COPY file header (missing length)", 0)
            return -1
        flags, extension = struct.unpack_from(">ii", data, 11)
        if flags & 0xFFFF0000 or extension < 0:
            raise bad_file("unrecognized critical flags in COPY file header", 0)
        if len(data) < 19 + extension:
            return -1
        self._started = True
        return 19 + int(extension)

    def _row(self, data: bytes, position: int) -> tuple[int, list[bytes | None] | None]:
        """Read one row; None while it is incomplete, [] for the trailer."""
        size = len(data)
        if position + 2 > size:
            return position, None
        (count,) = _i16(data, position)
        position += 2
        if count == -1:
            self._ended = True
            return position, []
        if count != len(self._names):
            raise bad_file(f"row field count is {count}, expected {len(self._names)}", self.row + 1)
        row: list[bytes | None] = []
        for _ in range(count):
            if position + 4 > size:
                return position, None
            (length,) = _i32(data, position)
            position += 4
            if length < -1:
                raise bad_file("invalid field size", self.row + 1)
            if length < 0:
                row.append(None)
                continue
            if position + length > size:
                return position, None
            row.append(data[position : position + length])
            position += length
        return position, row


# ------------------------------------------------------------------ output


def text_line(fields: Sequence[str | None], form: Format, quoted: Sequence[bool] = ()) -> bytes:
    """Write one row in text or csv format, with its newline; csv with some fields `quoted` anyway."""
    if quoted:
        cells = zip(fields, quoted, strict=True)
        line = form.delimiter.join([_csv_field(field, form, is_quoted) for field, is_quoted in cells])
    elif form.kind == "csv":
        line = form.delimiter.join([_csv_field(field, form) for field in fields])
    else:
        line = form.delimiter.join(
            [form.null if field is None else escaped(field, form.delimiter) for field in fields]
        )
    return line.encode() + b"\n"


def escaped(field: str, delimiter: str) -> str:
    """Write one field of text format."""
    if _MUST_ESCAPE.search(field):
        field = _MUST_ESCAPE.sub(_escape, field)
    if delimiter != "\t" and delimiter in field:
        field = field.replace(delimiter, "\\" + delimiter)
    return field


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    return "\\\\" if char == "\\" else "\\" + "bfnrtv"["\b\f\n\r\t\v".index(char)]


def _csv_field(field: str | None, form: Format, is_quoted: bool = False) -> str:
    if field is None:
        return form.null
    odd = is_quoted or form.delimiter in field or form.quote in field or "\n" in field or "\r" in field
    if not odd and field not in (form.null, "\\."):
        return field
    quote, escape = form.quote, form.escape
    if escape != quote:
        field = field.replace(escape, escape + escape)
    return quote + field.replace(quote, escape + quote) + quote
