"""One-regex lexer: text to lexemes, which `vql.language.terminals` names."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from vql.deadline import ITEMS_BETWEEN_CHECKS, check_deadline
from vql.errors import DataError, SyntaxError, UndefinedParameter
from vql.language.strings import continues, prefixed, unicode_quoted, zero_byte
from vql.limits import IDENTIFIER_BYTES_MAX

# What a name begins with and what it has: all but what of ASCII is none of it. A set of what it is, up to the
# last character, takes 10 ms to compile.
NAME_START, NAME_PART = r"[^\x00-@\[-^`{-\x7f]", r"[^\x00-#%-/:-@\[-^`{-\x7f]"
# What may be long is possessive (`*+`): nothing is noted down for a way back that there is not.
STRING = r"'[^']*+(?:''[^']*+)*+'"
NUMBER = r"[-+]?(?:[0-9]++\.?[0-9]*+|\.[0-9]++)(?:[eE][-+]?[0-9]++)?"
DIGITS = "[0-9](?:_?[0-9])*"
PATTERN = re.compile(
    rf"""
    (?P<space>\s+|--[^\n]*)
  | (?P<comment>/\*)
  | (?P<word>{NAME_START}{NAME_PART}*)
  | (?P<string>{STRING})
  | (?P<based>0(?:[xX](?:_?[0-9a-fA-F])+|[oO](?:_?[0-7])+|[bB](?:_?[01])+)(?![\w$]))
  | (?P<number>(?:{DIGITS}(?:\.(?:{DIGITS})?)?|\.{DIGITS})(?:[eE][-+]?{DIGITS})?(?![A-Za-z_]))
  | (?P<parameter>\$[0-9]+)
  | (?P<dollar>\$(?P<tag>(?:{NAME_START}(?:(?!\$){NAME_PART})*)?)\$)
  | (?P<quoted>"[^"]*+(?:""[^"]*+)*+")
  | (?P<vector>\[\s*+{NUMBER}(?:\s*+,\s*+{NUMBER})*+\s*+\])
  | (?P<mark>::|:=|=>|[()\[\],;.:])
  | (?P<operator>[-+*/<>=~!@\#%^&|`?]+)
    """,
    re.X,
)
# A long list of IN is one token, and so are many rows of VALUES: LISTED numbers, strings or rows of
# literals, or more.
LISTED = 32
KEY = "-?[0-9]{1,18}+"
INTEGER_LIST = re.compile(rf"\(\s*+{KEY}(?:\s*+,\s*+{KEY}){{{LISTED - 1},}}+\s*+\)")
STRING_LIST = re.compile(rf"\(\s*+{STRING}(?:\s*+,\s*+{STRING}){{{LISTED - 1},}}+\s*+\)")
LITERAL = rf"(?>{STRING}|-?[0-9]++(?:\.[0-9]++)?(?:[eE][-+]?[0-9]++)?|(?i:null|true|false))"
ROW = rf"\(\s*+{LITERAL}(?:\s*+,\s*+{LITERAL})*+\s*+\)"
ROWS = re.compile(rf"{ROW}(?:\s*+,\s*+{ROW}){{{LISTED - 1},}}+(?!\s*,)")
LONG = {"in": (("integers", INTEGER_LIST), ("strings", STRING_LIST)), "values": (("rows_of_literals", ROWS),)}
NAMES = ("word", "quoted")
# A name of so many characters fits, whatever they are.
IDENTIFIER_CHARACTERS_SURE = IDENTIFIER_BYTES_MAX // 4
MAYBE_TRUNCATED = re.compile(
    rf'{NAME_PART}{{{IDENTIFIER_CHARACTERS_SURE}}}|"[^"]{{{IDENTIFIER_CHARACTERS_SURE}}}'
)
# The wire protocol counts parameters in 16 bits. Enough characters to tell that a number is greater.
PARAMETERS_MAX, PARAMETER_CHARACTERS = 65_535, 12


class Lexeme(NamedTuple):
    """One token: `kind` is a group of PATTERN, `value` the folded word or decoded string."""

    kind: str
    value: str
    start: int
    end: int


def scan(text: str, placeholders: bool = True) -> list[Lexeme]:
    """Split text into lexemes, spaces and comments left out; `?` is a parameter where
    `placeholders`. Raises SyntaxError for unterminated strings and stray characters."""
    _check_characters(text)
    found: list[Lexeme] = []
    brackets: list[str] = []  # those around the place at hand, from the first of an ARRAY[[...]] on
    position, length = 0, len(text)
    match_at = PATTERN.match
    while position < length:
        match = match_at(text, position)
        if match is None:
            raise _stray(text, position)
        kind, start, end = match.lastgroup or "", position, match.end()
        if kind == "tag":
            kind = "dollar"
        elif kind == "parameter" and not 0 < int(match.group()[1:PARAMETER_CHARACTERS]) <= PARAMETERS_MAX:
            raise UndefinedParameter(f"there is no parameter {match.group()[:20]}", position=start + 1)
        value = match.group()
        if kind == "word":
            quote = text[end : end + 1]
            if quote == "'" and value.lower() in ("e", "b", "x", "n"):
                kind, value, end = prefixed(text, value.lower(), end)
            elif quote == "&" and value.lower() == "u" and text[end + 1 : end + 2] in ("'", '"'):
                kind, value, end = unicode_quoted(text, end + 1)
            else:
                value = value.lower()
        elif kind == "number" and "_" in value:
            value = value.replace("_", "")
        elif kind == "based":
            kind, value = "number", str(Decimal(int(value, 0)))
        elif kind == "string":
            value = value[1:-1].replace("''", "'")
            if found and continues(text, found[-1], start):
                # A string goes on behind a line end.
                start, value = found[-1].start, found.pop().value + value
        elif kind == "quoted":
            value = value[1:-1].replace('""', '"')
            if not value:
                raise SyntaxError("zero-length delimited identifier", position=start + 1)
        elif kind == "mark" and value == "(" and found and found[-1].value in LONG:
            kind, value, end = _long(text, start, found[-1])
        elif kind == "comment":
            end = _comment_end(text, start)
        elif kind == "dollar":
            close = text.find(value, end)
            if close < 0:
                raise SyntaxError("unterminated dollar-quoted string", position=start + 1)
            kind, value, end = "string", text[end:close], close + len(value)
        elif kind == "operator":
            if placeholders and value[0] == "?":
                kind, value, end = "parameter", "?", start + 1
            else:
                # `a=?` is an operator and a parameter.
                run = value.split("?", 1)[0] if placeholders else value
                value, end = _operator(text, run, start)
                if not value:
                    position = text.find("\n", start) if text[start : start + 2] == "--" else -1
                    position = length if position < 0 else position
                    continue
        if brackets or value == "[" and kind == "mark" and found and found[-1].value == "array":
            kind, value, end = _within_array(brackets, kind, value, start, end)
        if end - start > IDENTIFIER_CHARACTERS_SURE and kind in NAMES:
            value = kept_of_name(value)
        if kind not in ("space", "comment"):
            found.append(Lexeme(kind, value, start, end))
            if len(found) % ITEMS_BETWEEN_CHECKS == 0:
                check_deadline()
        position = end
    return found


def kept_of_name(name: str) -> str:
    """Return what is kept of a name: as many whole characters as fit."""
    data = name.encode()
    return name if len(data) <= IDENTIFIER_BYTES_MAX else data[:IDENTIFIER_BYTES_MAX].decode(errors="ignore")


def truncated_names(text: str) -> list[tuple[str, str]]:
    """Return the names of a statement that are longer than what is kept of them, with that."""
    if not MAYBE_TRUNCATED.search(text):
        return []
    found = []
    for lexeme in scan(text):
        if is_truncated(lexeme):
            written = text[lexeme.start : lexeme.end]
            name = written.lower() if lexeme.kind == "word" else written[1:-1].replace('""', '"')
            found.append((name, lexeme.value))
    return found


def is_truncated(lexeme: Lexeme) -> bool:
    """Whether a lexeme is a name that is longer than what is kept of it."""
    if lexeme.kind not in NAMES or lexeme.end - lexeme.start <= IDENTIFIER_CHARACTERS_SURE:
        return False
    marks = 0 if lexeme.kind == "word" else 2 + lexeme.value.count('"')
    return lexeme.end - lexeme.start - marks > len(lexeme.value)


def _within_array(brackets: list[str], kind: str, value: str, start: int, end: int) -> tuple[str, str, int]:
    """Return a lexeme within an ARRAY, where a bracket begins an array of the next dimension, not a vector;
    `brackets` are those around it, and are kept."""
    if kind == "vector" and brackets[-1] == "[":
        kind, value, end = "mark", "[", start + 1
    if kind == "mark" and value in "[(":
        brackets.append(value)
    elif kind == "mark" and value in "])" and brackets:
        brackets.pop()
    return kind, value, end


def _long(text: str, start: int, before: Lexeme) -> tuple[str, str, int]:
    """Read a list of IN or rows of VALUES as a whole where they are many literals, else the bracket."""
    for kind, pattern in LONG[before.value] if before.kind == "word" else ():
        match = pattern.match(text, start)
        if match is not None:
            return kind, match.group(), match.end()
    return "mark", "(", start + 1


def _check_characters(text: str) -> None:
    """Refuse what no text of the database may hold: the zero byte, and halves of surrogate pairs."""
    if "\0" in text:
        raise zero_byte(text.index("\0"))
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise DataError(
                "a surrogate is no character", sqlstate="22021", position=error.start + 1
            ) from None


def _stray(text: str, position: int) -> SyntaxError:
    if text[position] == "'":
        return SyntaxError("unterminated quoted string", position=position + 1)
    if text[position] == '"':
        return SyntaxError("unterminated quoted identifier", position=position + 1)
    return SyntaxError(f'syntax error at or near "{text[position]}"', position=position + 1)


def _comment_end(text: str, start: int) -> int:
    depth, position = 0, start
    for mark in re.compile(r"/\*|\*/").finditer(text, start):
        depth += 1 if mark.group() == "/*" else -1
        position = mark.end()
        if depth == 0:
            return position
    raise SyntaxError("unterminated /* comment", position=start + 1)


def _operator(text: str, run: str, start: int) -> tuple[str, int]:
    """Cut a run of operator characters by Postgres' rule: no comment inside, and no trailing + or -
    unless the operator holds one of ~!@#%^&|`?."""
    for mark in ("--", "/*"):
        cut = run.find(mark)
        if cut >= 0:
            run = run[:cut]
    while len(run) > 1 and run[-1] in "+-" and not any(c in "~!@#%^&|`?" for c in run) and run != "->":
        run = run[:-1]
    # `<+>` and `<->` end in `>`, so the rule leaves them whole; `a<-1` is cut to `<`.
    return run, start + len(run)
