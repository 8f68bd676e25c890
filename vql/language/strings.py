"""Quoted texts that are more than what stands between the quotes: E'', U&'', U&"", B'', X'', N''."""

from __future__ import annotations

import re
from typing import Protocol

from vql.errors import DataError, SyntaxError
from vql.types.forms.binary import decode_text

PLAIN = re.compile(r"'(?:[^']|'')*'")
ESCAPED = re.compile(r"'(?:[^'\\]|\\.|'')*'", re.S)
ESCAPE = re.compile(
    r"\\(?:u(?P<short>[0-9a-fA-F]{4})|U(?P<long>[0-9a-fA-F]{8})|x(?P<hex>[0-9a-fA-F]{1,2})"
    r"|(?P<octal>[0-7]{1,3})|(?P<broken>[uU])|(?P<char>.))|''",
    re.S,
)
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}
UNICODE = re.compile(
    r"""(?:'(?P<string>(?:[^']|'')*)'|"(?P<quoted>(?:[^"]|"")*)")(?:\s+uescape\s+'(?P<escape>[^']*)')?""",
    re.I,
)
NO_HEX = re.compile("[^0-9a-fA-F]")
HIGH_HALVES, LOW_HALVES = range(0xD800, 0xDC00), range(0xDC00, 0xE000)
# What may stand between the parts of one string.
LINE_END = re.compile(r"(?:[^\S\n]|--[^\n]*)*\n(?:\s|--[^\n]*\n)*")
Quoted = tuple[str, str, int]  # kind, value, end


class Spanned(Protocol):
    """A lexeme."""

    @property
    def kind(self) -> str: ...

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...


def continues(text: str, before: Spanned, start: int) -> bool:
    """Whether the string that begins at `start` is part of the one before: only a line end is between."""
    return (
        before.kind == "string"
        and text[before.start] == "'"
        and LINE_END.fullmatch(text, before.end, start) is not None
    )


def prefixed(text: str, prefix: str, quote: int) -> Quoted:
    """Read E'..', B'..', X'..' or N'..' whose quote stands at `quote`."""
    match = (ESCAPED if prefix == "e" else PLAIN).match(text, quote)
    if match is None:
        raise SyntaxError("unterminated quoted string", position=quote + 1)
    body = match.group()[1:-1]
    if prefix == "e":
        return "string", _unescaped(body, quote), match.end()
    body = body.replace("''", "'")
    if prefix == "n":
        return "string", body, match.end()
    if prefix == "x":
        wrong = NO_HEX.search(body)
        if wrong is not None:
            message = f'"{wrong.group()}" is not a valid hexadecimal digit'
            raise DataError(message, sqlstate="22P02", position=quote + 1)
        body = "".join(f"{int(digit, 16):04b}" for digit in body)
    return "bits", body, match.end()


def unicode_quoted(text: str, quote: int) -> Quoted:
    """Read what stands behind U&: a string or a name, and UESCAPE with its character."""
    match = UNICODE.match(text, quote)
    if match is None:
        what = "identifier" if text[quote] == '"' else "string"
        raise SyntaxError(f"unterminated quoted {what}", position=quote + 1)
    escape = "\\" if match["escape"] is None else match["escape"]
    if len(escape) != 1 or escape in "+'\"" or NO_HEX.match(escape) is None or escape.isspace():
        raise SyntaxError("invalid Unicode escape character", position=match.start("escape"))
    mark = re.escape(escape)
    pattern = re.compile(rf"{mark}(?:({mark})|([0-9a-fA-F]{{4}})|\+([0-9a-fA-F]{{6}})|)")

    def char(found: re.Match[str]) -> str:
        if found[1]:
            return escape
        digits = found[2] or found[3]
        if not digits:
            hint = "Unicode escapes must be \\XXXX or \\+XXXXXX."
            raise SyntaxError("invalid Unicode escape", hint=hint, position=quote + 1)
        return chr(_code_of(digits, quote))

    kind = "quoted" if match["string"] is None else "string"
    body = match[kind].replace('""', '"') if kind == "quoted" else match[kind].replace("''", "'")
    body = pattern.sub(char, body)
    try:  # halves of a character are written one by one
        return kind, body.encode("utf-16", "surrogatepass").decode("utf-16"), match.end()
    except UnicodeDecodeError:
        raise _no_pair(quote) from None


def _unescaped(body: str, quote: int) -> str:
    """Read the escapes by backslash. Octal and hexadecimal ones are bytes, which must make up characters."""
    made, place, high = bytearray(), 0, 0
    for found in ESCAPE.finditer(body):
        digits = found["short"] or found["long"]
        if high and (place < found.start() or not digits):
            raise _no_pair(quote)
        made += body[place : found.start()].encode()
        place = found.end()
        if not digits:
            made += _escaped_bytes(found, quote)
            continue
        code = _code_of(digits, quote)
        if high:
            if code not in LOW_HALVES:
                raise _no_pair(quote)
            code, high = 0x10000 + (high - HIGH_HALVES.start << 10 | code - LOW_HALVES.start), 0
        elif code in HIGH_HALVES:
            high = code
            continue
        elif code in LOW_HALVES:
            raise _no_pair(quote)
        made += chr(code).encode()
    if high:
        raise _no_pair(quote)
    made += body[place:].encode()
    if 0 in made:
        raise zero_byte(quote)
    return decode_text(bytes(made))


def _escaped_bytes(found: re.Match[str], quote: int) -> bytes:
    if found[0] == "''":
        return b"'"
    if found["broken"]:
        hint = "Unicode escapes must be \\uXXXX or \\UXXXXXXXX."
        raise SyntaxError("invalid Unicode escape", sqlstate="22025", hint=hint, position=quote + 1)
    if found["hex"] or found["octal"]:
        return bytes((int(found["hex"], 16) if found["hex"] else int(found["octal"], 8) & 0xFF,))
    return ESCAPES.get(found["char"], found["char"]).encode()


def _code_of(digits: str, quote: int) -> int:
    code = int(digits, 16)
    if not 0 < code <= 0x10FFFF:
        raise SyntaxError("invalid Unicode escape value", position=quote + 1)
    return code


def _no_pair(quote: int) -> SyntaxError:
    return SyntaxError("invalid Unicode surrogate pair", position=quote + 1)


def zero_byte(place: int) -> DataError:
    """Return the error of a character that no text may have."""
    message = 'invalid byte sequence for encoding "UTF8": 0x00'
    return DataError(message, sqlstate="22021", position=place + 1)
