"""Bytes as text and text as bytes: encode and decode, encodings, Unicode's forms and escapes."""

from __future__ import annotations

import base64
import re
import unicodedata
from typing import Literal

from vql.deadline import each_watched, watched
from vql.errors import InvalidParameterValue, NotSupportedError, SyntaxError, UndefinedFunction
from vql.functions.declare import function
from vql.types.bytea import of_escapes, of_hex
from vql.types.forms.encodings import CODECS, decoded, encoded, encoding_named

BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
BASE64_VALUES = {char: value for value, char in enumerate(BASE64)}
BASE64_LINE = 76
# Bytes escaped by one call: 5 ms at most.
ESCAPED_AT_ONCE = 16_384
SPACE = " \t\n\r"
TO_BE_ESCAPED = re.compile(rb"[\x00\x80-\xff\\]")
UNICODE_ESCAPE = re.compile(
    r"\\(?:(\\)|\+([0-9a-fA-F]{6})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-9a-fA-F]{4})|)", re.S
)
Form = Literal["NFC", "NFD", "NFKC", "NFKD"]
FORMS: dict[str, Form] = {"NFC": "NFC", "NFD": "NFD", "NFKC": "NFKC", "NFKD": "NFKD"}

# ------------------------------------------------------------------ encode and decode


@function("encode(bytea, text) -> text")
def encode_bytes(value: bytes, form: str) -> str:
    match form.lower():
        case "hex":
            return value.hex()
        case "base64":
            text = base64.b64encode(value).decode()
            return "\n".join(
                text[start : start + BASE64_LINE] for start in watched(range(0, len(text), BASE64_LINE))
            )
        case "escape":
            starts = each_watched(range(0, len(value), ESCAPED_AT_ONCE))
            pieces = (value[start : start + ESCAPED_AT_ONCE] for start in starts)
            return b"".join(TO_BE_ESCAPED.sub(_escaped_byte, piece) for piece in pieces).decode()
    raise _unknown_form(form)


@function("decode(text, text) -> bytea")
def decode_text_form(text: str, form: str) -> bytes:
    match form.lower():
        case "hex":
            return of_hex(text)
        case "base64":
            return _of_base64(text)
        case "escape":
            return of_escapes(text)
    raise _unknown_form(form)


def _escaped_byte(found: re.Match[bytes]) -> bytes:
    return b"\\\\" if found[0] == b"\\" else b"\\%03o" % found[0][0]


def _unknown_form(form: str) -> InvalidParameterValue:
    return InvalidParameterValue(f'unrecognized encoding: "{form}"')


def _of_base64(text: str) -> bytes:
    """Read groups of four digits. Behind the first that is filled up each gives as few bytes as that did."""
    made, size = bytearray(), 3
    group: list[int] = []
    for char in watched(text):
        if char in SPACE:
            continue
        if char == "=":
            if size == 3:
                if len(group) < 2:
                    raise InvalidParameterValue('unexpected "=" while decoding base64 sequence')
                size = len(group) - 1
            group.append(0)
        elif char in BASE64_VALUES:
            group.append(BASE64_VALUES[char])
        else:
            raise InvalidParameterValue(f'invalid symbol "{char}" found while decoding base64 sequence')
        if len(group) == 4:
            number = group[0] << 18 | group[1] << 12 | group[2] << 6 | group[3]
            made += number.to_bytes(3, "big")[:size]
            group = []
    if group:
        detail = "Input data is missing padding, is truncated, or is otherwise corrupted."
        raise InvalidParameterValue("invalid base64 end sequence", detail=detail)
    return bytes(made)


# ------------------------------------------------------------------ encodings


def _known_encoding(name: str, role: str) -> str:
    found = encoding_named(name)
    if found is None:
        raise InvalidParameterValue(f'invalid {role} name "{name}"')
    if found not in CODECS:
        raise NotSupportedError(f"encoding {found} is not supported")
    return found


@function("convert_from(bytea, name) -> text", volatility="stable")
def convert_from(value: bytes, name: str) -> str:
    return decoded(value, _known_encoding(name, "source encoding"))


@function("convert_to(text, name) -> bytea", volatility="stable")
def convert_to(text: str, name: str) -> bytes:
    return encoded(text, _known_encoding(name, "destination encoding"))


@function("convert(bytea, name, name) -> bytea", volatility="stable")
def convert(value: bytes, name: str, other_name: str) -> bytes:
    source = _known_encoding(name, "source encoding")
    result = _known_encoding(other_name, "destination encoding")
    text = decoded(value, source)
    if source == result or "SQL_ASCII" in (source, result):
        return value
    if "UTF8" not in (source, result):
        message = f'default conversion function for encoding "{source}" to "{result}" does not exist'
        raise UndefinedFunction(message)
    return encoded(text, result)


@function("length(bytea, name) -> integer", volatility="stable")
def length_in_encoding(value: bytes, name: str) -> int:
    return len(decoded(value, _known_encoding(name, "encoding")))


@function("to_ascii(text) -> text")
@function("to_ascii(text, integer) -> text")
@function("to_ascii(text, name) -> text")
def to_ascii(text: str, encoding: object = None) -> str:
    raise NotSupportedError("encoding conversion from UTF8 to ASCII not supported")


# ------------------------------------------------------------------ Unicode


@function("normalize(text, form: text DEFAULT 'NFC') -> text")
def normalize_text(text: str, form: str = "NFC") -> str:
    wanted = FORMS.get(form.upper())
    if wanted is None:
        raise InvalidParameterValue(f"invalid normalization form: {form}")
    return unicodedata.normalize(wanted, text)


@function("is_normalized(text, form: text DEFAULT 'NFC') -> boolean")
def is_normalized(text: str, form: str = "NFC") -> bool:
    return normalize_text(text, form) == text


@function("unistr(text) -> text")
def unistr(text: str) -> str:
    """Read escapes by backslash: \\XXXX, \\+XXXXXX, \\uXXXX, \\UXXXXXXXX."""

    def char(found: re.Match[str]) -> str:
        if found[1]:
            return "\\"
        digits = found[2] or found[3] or found[4] or found[5]
        if digits is None:
            raise SyntaxError(
                "invalid Unicode escape",
                hint="Unicode escapes must be \\XXXX, \\+XXXXXX, \\uXXXX, or \\UXXXXXXXX.",
            )
        code = int(digits, 16)
        if not 0 < code <= 0x10FFFF:
            raise InvalidParameterValue(f"invalid Unicode code point: {code:04X}")
        return chr(code)

    made = UNICODE_ESCAPE.sub(char, text)
    try:  # halves of a character are written one by one
        return made.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise SyntaxError("invalid Unicode surrogate pair") from None
