"""What is wrong with a text that is no JSON, as PostgreSQL says it.

Texts that are JSON are parsed by Python's decoder; this reads what it refused, and the escapes, of which it
takes more than a database can keep.
"""

from __future__ import annotations

import re
from typing import NoReturn

from vql.errors import InvalidText

SPACE = re.compile(r"[ \t\n\r]*")
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
# What is taken as one token when it is none: letters, digits and all that is not of ASCII.
WORD = re.compile(r"[^\x00-/:-@\[-^`{-\x7f]+")
NUMBER_LIKE = re.compile(rf"-?(?:0|[1-9][0-9]*)?(?:\.[0-9]*)?(?:[eE][-+]?[0-9]*)?(?:{WORD.pattern})?")
HEX = re.compile("[0-9a-fA-F]{4}")
ESCAPED = frozenset('"\\/bfnrt')
WORDS = frozenset(("true", "false", "null"))
MARKS = frozenset("{}[]:,")


def check_json(text: str, with_escapes: bool = False) -> None:
    """Raise 22P02 where a text is no JSON; `with_escapes`: also where an escape stands for no character,
    22P05 for the character 0."""
    _Check(text, with_escapes).run()


class _Check:
    """One text from its begin to its first error; no recursion, so that depth does not matter."""

    def __init__(self, text: str, with_escapes: bool) -> None:
        self._text = text
        self._with_escapes = with_escapes
        self._position = 0
        self._token = ""

    def run(self) -> None:
        closers: list[str] = []
        self._next()
        while True:
            if self._token in ("{", "["):
                opener = self._token
                self._next()
                closer = "}" if opener == "{" else "]"
                if self._token != closer:
                    closers.append(closer)
                    if closer == "}":
                        self._key('Expected string or "}"')
                    continue
            elif self._token in MARKS or not self._token:
                self._fail("Expected JSON value")
            self._next()
            while closers and self._token == closers[-1]:
                closers.pop()
                self._next()
            if not closers:
                break
            if self._token != ",":
                self._fail(f'Expected "," or "{closers[-1]}"')
            self._next()
            if closers[-1] == "}":
                self._key("Expected string")
        if self._token:
            self._fail("Expected end of input")

    def _key(self, expected: str) -> None:
        if not self._token.startswith('"'):
            self._fail(expected)
        self._next()
        if self._token != ":":
            self._fail('Expected ":"')
        self._next()

    def _next(self) -> None:
        """Read the next token; an empty one is the end."""
        text = self._text
        match = SPACE.match(text, self._position)
        assert match, "spaces may be none"
        start = match.end()
        char = text[start : start + 1]
        if char == '"':
            end = self._string_end(start)
        elif char in MARKS or not char:
            end = start + len(char)
        elif char == "-" or "0" <= char <= "9":
            end = self._number_end(start)
        else:
            found = WORD.match(text, start)
            end = found.end() if found else start + 1
            if text[start:end] not in WORDS:
                raise _not_json(f'Token "{text[start:end]}" is invalid.')
        self._token, self._position = text[start:end], end

    def _number_end(self, start: int) -> int:
        like, number = NUMBER_LIKE.match(self._text, start), NUMBER.match(self._text, start)
        assert like, "it starts as a number does"
        if number is None or number.end() != like.end():
            raise _not_json(f'Token "{like.group()}" is invalid.')
        return number.end()

    def _string_end(self, start: int) -> int:
        text, position, is_high = self._text, start + 1, False
        while position < len(text):
            char = text[position]
            if char == "\\":
                is_high, position = self._escape(start, position, is_high)
                continue
            if is_high:
                raise _not_json("Unicode low surrogate must follow a high surrogate.")
            if char == '"':
                return position + 1
            if char < " ":
                raise _not_json(f"Character with value 0x{ord(char):02x} must be escaped.")
            position += 1
        raise _not_json(f'Token "{text[start:]}" is invalid.')

    def _escape(self, start: int, position: int, is_high: bool) -> tuple[bool, int]:
        """Check one escape; return whether it is the first half of a pair, and where it ends."""
        text = self._text
        char = text[position + 1 : position + 2]
        if not char:
            raise _not_json(f'Token "{text[start:]}" is invalid.')
        if char == "u":
            digits = HEX.match(text, position + 2)
            if digits is None:
                raise _not_json('"\\u" must be followed by four hexadecimal digits.')
            code = int(digits.group(), 16) if self._with_escapes else 0x20
            if code == 0:
                detail = "\\u0000 cannot be converted to text."
                raise InvalidText("unsupported Unicode escape sequence", sqlstate="22P05", detail=detail)
            if 0xD800 <= code < 0xDC00:
                if is_high:
                    raise _not_json("Unicode high surrogate must not follow a high surrogate.")
                return True, position + 6
            if (0xDC00 <= code < 0xE000) != is_high:
                raise _not_json("Unicode low surrogate must follow a high surrogate.")
            return False, position + 6
        if char not in ESCAPED:
            raise _not_json(f'Escape sequence "\\{char}" is invalid.')
        if is_high:
            raise _not_json("Unicode low surrogate must follow a high surrogate.")
        return False, position + 2

    def _fail(self, expected: str) -> NoReturn:
        if not self._token:
            raise _not_json("The input string ended unexpectedly.")
        raise _not_json(f'{expected}, but found "{self._token}".')


def _not_json(detail: str) -> InvalidText:
    return InvalidText("invalid input syntax for type json", detail=detail)
