"""Encodings of text by PostgreSQL's names, as Python's codecs have them.

Only those are here whose codec makes the same characters of the same bytes as PostgreSQL's tables.
"""

from __future__ import annotations

import re

from vql.errors import DataError, InvalidText

CODECS = {
    "UTF8": "utf-8", "SQL_ASCII": "utf-8", "LATIN1": "latin-1", "LATIN2": "iso8859-2", "LATIN3": "iso8859-3",
    "LATIN4": "iso8859-4", "LATIN5": "iso8859-9", "LATIN6": "iso8859-10", "LATIN7": "iso8859-13",
    "LATIN8": "iso8859-14", "LATIN9": "iso8859-15", "LATIN10": "iso8859-16", "ISO_8859_5": "iso8859-5",
    "ISO_8859_6": "iso8859-6", "ISO_8859_7": "iso8859-7", "ISO_8859_8": "iso8859-8", "WIN866": "cp866",
    "WIN874": "cp874", "WIN1250": "cp1250", "WIN1251": "cp1251", "WIN1252": "cp1252", "WIN1253": "cp1253",
    "WIN1254": "cp1254", "WIN1255": "cp1255", "WIN1256": "cp1256", "WIN1257": "cp1257", "WIN1258": "cp1258",
    "KOI8R": "koi8-r", "KOI8U": "koi8-u", "EUC_CN": "gb2312", "GBK": "gbk", "GB18030": "gb18030",
}  # fmt: skip
# Those PostgreSQL has besides.
WITHOUT_CODEC = ("EUC_JP", "EUC_KR", "EUC_TW", "EUC_JIS_2004", "MULE_INTERNAL", "SJIS", "BIG5", "UHC",
                 "JOHAB", "SHIFT_JIS_2004")  # fmt: skip
SINGLE_BYTE = frozenset(CODECS) - {"UTF8", "SQL_ASCII", "EUC_CN", "GBK", "GB18030"}
ALIASES = {
    "unicode": "UTF8", "koi8": "KOI8R", "win": "WIN1251", "alt": "WIN866", "tcvn": "WIN1258",
    "tcvn5712": "WIN1258", "vscii": "WIN1258", "abc": "WIN1258", "win936": "GBK", "windows936": "GBK",
    "iso88591": "LATIN1", "iso88592": "LATIN2", "iso88593": "LATIN3", "iso88594": "LATIN4",
    "iso88599": "LATIN5", "iso885910": "LATIN6", "iso885913": "LATIN7", "iso885914": "LATIN8",
    "iso885915": "LATIN9", "iso885916": "LATIN10", "mskanji": "SJIS", "shiftjis": "SJIS", "win932": "SJIS",
    "windows932": "SJIS", "win949": "UHC", "windows949": "UHC", "win950": "BIG5", "windows950": "BIG5",
}  # fmt: skip


def _bare(name: str) -> str:
    return re.sub("[^0-9a-z]", "", name.lower())


_BY_NAME = {_bare(name): name for name in (*CODECS, *WITHOUT_CODEC)}
_BY_NAME |= {"windows" + name[3:]: full for name, full in _BY_NAME.items() if re.fullmatch(r"win\d+", name)}
_BY_NAME |= ALIASES


def encoding_named(name: str) -> str | None:
    """Return PostgreSQL's name of an encoding, in whatever way it is written; None for an unknown one."""
    return _BY_NAME.get(_bare(name))


def encoded(text: str, encoding: str) -> bytes:
    """Return the bytes of a text. Raises 22P05 for a character that the encoding has not."""
    try:
        return text.encode(CODECS[encoding])
    except UnicodeEncodeError as error:
        raise _untranslatable(text[error.start].encode(), "UTF8", encoding) from None


def decoded(data: bytes, encoding: str) -> str:
    """Return the text of bytes. Raises 22021 for what is no text, 22P05 for what has no character."""
    if b"\0" in data:
        raise bad_bytes(b"\0", encoding)
    try:
        return data.decode(CODECS[encoding])
    except UnicodeDecodeError as error:
        wrong = data[error.start : max(error.end, error.start + 1)]
        if encoding in SINGLE_BYTE:
            raise _untranslatable(wrong, encoding, "UTF8") from None
        raise bad_bytes(wrong, encoding) from None


def bad_bytes(wrong: bytes, encoding: str = "UTF8") -> InvalidText:
    """Return the error of bytes that are no text."""
    encoding = "UTF8" if encoding == "SQL_ASCII" else encoding
    return InvalidText(f'invalid byte sequence for encoding "{encoding}": {_listed(wrong)}', sqlstate="22021")


def _untranslatable(wrong: bytes, source: str, target: str) -> DataError:
    message = (
        f'character with byte sequence {_listed(wrong)} in encoding "{source}"'
        f' has no equivalent in encoding "{target}"'
    )
    return DataError(message, sqlstate="22P05")


def _listed(data: bytes) -> str:
    return " ".join(f"0x{byte:02x}" for byte in data)
