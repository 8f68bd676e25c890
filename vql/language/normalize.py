"""Statements by shape: literals lifted into parameters, so that texts that differ in values share a plan.

`... WHERE brand = 'x' LIMIT 10` and `... WHERE brand = 'y' LIMIT 20` have one shape. A literal that
decides the plan (a position in ORDER BY, the dimension in vector(3), a typed literal as interval
'1 day') stays in the shape. Lifted literals keep the type they have as constants: integers by size,
decimals numeric, strings of no type till the context gives one. A number goes with its minus sign,
where that is no operator between two operands.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from vql.dataclass import dataclass
from vql.functions.lookups import OF_SEQUENCES
from vql.language import ast
from vql.language.lexer import STRING, Lexeme, is_truncated, scan
from vql.language.parser import parse_lexemes
from vql.language.terminals import RESERVED, TYPED_WORDS
from vql.types.type import BIGINT, INTEGER, NUMERIC, UNKNOWN, VECTOR, Type

# Behind and before what a number is not one of its own: letters, digits, dots and all that is not of ASCII.
PART = r"[^\x00-#%-\-/:-@\[-^`{-\x7f]"
# A literal as written, or what only the lexer understands: comments, dollar quotes, quotes with a prefix.
LITERAL = re.compile(
    rf"""{STRING} | "[^"]*+(?:""[^"]*+)*+" | (?<![\w\])"])\[(?=[-+.,eE\s]*+\d)[-+\d.,eE\s]*+\]
    | (?<!{PART})\d+(?:\.\d+)?(?!{PART})
    | (?P<other>--|/\*|\$[A-Za-z_]*\$|[\w&]'|['"])""",
    re.X,
)
# Shorter integers are of type integer, whatever their digits.
PLAIN_DIGITS_MAX = 9
BIGINT_DIGITS_MAX = 19
LEAST = frozenset({str(2**31), str(2**63)})  # without the sign, the least integer and the least bigint
STATEMENTS = frozenset({"select", "insert", "update", "delete"})
# Above this many literals (an INSERT of many rows) a shape will not come again.
LITERALS_MAX = 64
# Where there is none of these there is no literal: quotes, numbers, vectors.
BEGINNING = re.compile(r"'|\$(?!\d)|(?<![\w$])\.?\d|\[")
# Numbers are lifted only behind these; elsewhere they may be a position or a modifier.
BEFORE_NUMBER = frozenset({"(", ",", "between", "and", "or", "limit", "offset", "not", "where", "set", "when",
                           "then", "else", "values", "in", "version", "of"})  # fmt: skip
# A minus sign behind these is a number's own.
BEFORE_SIGN = BEFORE_NUMBER | {","}
# Between these words and the next clause numbers are positions.
POSITIONS = frozenset({"order", "group"})
CLAUSES = frozenset({"limit", "offset", "where", "having", "as", "fetch", "with", "for"})


# Lexemes that are many literals.
LISTS = frozenset({"integers", "strings", "rows_of_literals"})


class _Unlike(Exception):
    """A text has no shape that others share."""


@dataclass(frozen=True, slots=True)
class Shape:
    """`key` is equal for texts of one shape; `types`, `values` and `starts` in the text are those of the
    lifted literals, in text order, numbered behind the statement's own `parameters`; those of `negative`
    places among them have their minus sign with them, which does not stand at their start."""

    key: str
    lexemes: tuple[Lexeme, ...]
    parameters: int
    types: tuple[Type, ...]
    values: tuple[object, ...]
    starts: tuple[int, ...]
    negative: frozenset[int]

    def parse(self, sql: str) -> ast.Statement | None:
        """Parse the statement with its literals as parameters."""
        return parse_lexemes(list(self.lexemes), sql)


def lift(sql: str, style: str) -> Shape | None:
    """Return the shape of a statement, None where it has none: not a statement of rows, no literals or
    too many. Raises SyntaxError for what cannot be split into words."""
    if not BEGINNING.search(sql):
        return None
    lexemes = scan(sql, style == "embedded")
    if not lexemes or lexemes[0].value not in STATEMENTS:
        return None
    while lexemes[-1].kind == "mark" and lexemes[-1].value == ";":
        lexemes.pop()
    own = _own_parameters(lexemes)
    key: list[str] = []
    types: list[Type] = []
    values: list[object] = []
    starts: list[int] = []
    signs: dict[int, int] = {}  # by their place, of what is lifted behind them
    depth, keys = 0, None  # of parentheses, here and where the keys of ORDER BY or GROUP BY stand
    for place, lexeme in enumerate(lexemes):
        if lexeme.kind == "mark":
            depth += {"(": 1, ")": -1}.get(lexeme.value, 0)
        elif lexeme.kind == "word" and lexeme.value in POSITIONS:
            keys = depth
        elif lexeme.kind == "word" and lexeme.value in CLAUSES:
            keys = None
        if is_truncated(lexeme):
            return None  # it is said each time that it is read
        found = None if _is_key(lexemes, place, depth, keys) else _literal(lexemes, place, keys is not None)
        if lexeme.kind in LISTS:
            return None
        if found is None:
            key.append(f"{lexeme.kind[0]}{lexeme.value}")
            continue
        if lexeme.kind == "number" and _has_sign(lexemes, place):
            signs[place - 1] = len(types)
            found = found[0], ast.negated(found[1])
        types.append(found[0])
        values.append(found[1])
        starts.append(lexeme.start)
        key.append(f"?{found[0]}")
        lexemes[place] = Lexeme("parameter", f"${own + len(types)}", lexeme.start, lexeme.end)
    if not types or len(types) > LITERALS_MAX:
        return None
    words = tuple(lexeme for place, lexeme in enumerate(lexemes) if place not in signs)
    made = tuple(types), tuple(values), tuple(starts), frozenset(signs.values())
    return Shape("\0".join(key), words, own, *made)


class Blanked(NamedTuple):
    """A text with its literals taken out by one regular expression: equal `key`s have equal words.

    `literals` are what was taken out, as written, at `starts`.
    """

    key: str
    literals: tuple[str, ...]
    starts: tuple[int, ...]

    def value(self, place: int) -> object:
        """Return the value of a literal that a lexer would give."""
        text = self.literals[place]
        if text[0] == "'":
            return text[1:-1].replace("''", "'")
        return int(text) if text.isdigit() else text


def blank(sql: str) -> Blanked | None:
    """Take the literals out of a text; None where its quotes are not plain ones, it has comments or too many
    literals.

    Ten times quicker than `lift`, it knows nothing of what a literal is for: a text is lifted once, and
    others that are blanked to the same key are like it, where the literals that stayed are the same.
    """
    literals: list[str] = []
    starts: list[int] = []

    def take(match: re.Match[str]) -> str:
        if match.lastgroup is not None or len(literals) > LITERALS_MAX:
            raise _Unlike
        text = match.group()
        first = text[0]
        if first == '"' or (first.isdigit() and len(text) > PLAIN_DIGITS_MAX):
            return text
        literals.append(text)
        starts.append(match.start())
        return "\0s" if first == "'" else "\0v" if first == "[" else "\0i" if text.isdigit() else "\0d"

    try:
        key = LITERAL.sub(take, sql)
    except _Unlike:
        return None
    return Blanked(key, tuple(literals), tuple(starts)) if literals else None


def _own_parameters(lexemes: list[Lexeme]) -> int:
    """Count the statement's parameters, and number its `?` so that lifted ones may follow."""
    count = 0
    for place, lexeme in enumerate(lexemes):
        if lexeme.kind != "parameter":
            continue
        if lexeme.value == "?":
            count += 1
            lexemes[place] = lexeme._replace(value=f"${count}")
        else:
            count = max(count, int(lexeme.value[1:]))
    return count


def _is_key(lexemes: list[Lexeme], place: int, depth: int, keys: int | None) -> bool:
    """Whether a string begins a key of ORDER BY or GROUP BY: one that is a constant is an error."""
    if keys is None or lexemes[place].kind != "string":
        return False
    before = place - 1
    while lexemes[before].value == "(":
        before, depth = before - 1, depth - 1
    return depth == keys and lexemes[before].value in ("by", ",")


def _literal(lexemes: list[Lexeme], place: int, positions: bool) -> tuple[Type, object] | None:
    """Return type and value of a literal that may be lifted."""
    lexeme = lexemes[place]
    before = lexemes[place - 1] if place else None
    match lexeme.kind:
        case "string":
            decides = _gives_type(lexemes, place) or _names_sequence(lexemes, place)
            return None if decides or before is None or before.value == "escape" else (UNKNOWN, lexeme.value)
        case "number" if not positions and before is not None:
            return _number(lexeme.value) if _may_be_value(lexemes, place, before) else None
        case "vector" if before is not None and (
            before.kind == "operator" or before.value in ("(", ",") or before.value in RESERVED - {"array"}
        ):
            return VECTOR, lexeme.value
    return None


def _gives_type(lexemes: list[Lexeme], place: int) -> bool:
    """Whether what stands before a string says its type: DATE, numeric(4, 2), TIME WITH TIME ZONE."""
    before = lexemes[place - 1] if place else None
    if before is None or before.value == ")":
        return before is not None
    if before.value == "zone" and place > 2:
        return lexemes[place - 3].value in ("with", "without")
    return before.kind == "word" and before.value in TYPED_WORDS


def _names_sequence(lexemes: list[Lexeme], place: int) -> bool:
    """Whether a string says which sequence it is: nextval('s')."""
    return place > 1 and lexemes[place - 1].value == "(" and lexemes[place - 2].value in OF_SEQUENCES


def _may_be_value(lexemes: list[Lexeme], place: int, before: Lexeme) -> bool:
    if before.kind == "operator" and before.value in ("+", "-"):
        return _is_between(lexemes, place - 1) or before.value == "-" and _has_sign(lexemes, place)
    if before.kind == "operator":
        return True
    if before.value == "(" and place >= 2:
        # vector(3): a modifier; f(3): an argument; (3): a value.
        opener = lexemes[place - 2]
        return opener.kind != "word" or opener.value in BEFORE_NUMBER
    return before.kind in ("word", "mark") and before.value in BEFORE_NUMBER


def _is_between(lexemes: list[Lexeme], place: int) -> bool:
    """Whether an operator stands between two operands."""
    if place == 0:
        return False
    kind, value = lexemes[place - 1].kind, lexemes[place - 1].value
    if kind == "word":
        return value not in RESERVED | BEFORE_NUMBER
    return kind not in ("operator", "mark") or value in (")", "]")


def _has_sign(lexemes: list[Lexeme], place: int) -> bool:
    """Whether a number that may be lifted has a minus sign of its own, which binds before what follows."""
    if place < 2 or lexemes[place - 1].value != "-" or lexemes[place - 1].kind != "operator":
        return False
    if place + 1 < len(lexemes) and lexemes[place + 1].value in ("::", "["):
        return False
    text, before = lexemes[place].value, lexemes[place - 2]
    if text.lstrip("0") in LEAST:  # their opposites are of a shorter type
        return False
    if before.value == "(":
        return _may_be_value(lexemes, place - 1, before)
    return before.kind == "operator" or before.kind in ("word", "mark") and before.value in BEFORE_SIGN


def _number(text: str) -> tuple[Type, object] | None:
    if not text.isdigit():
        return NUMERIC, text
    if len(text) > BIGINT_DIGITS_MAX:
        return NUMERIC, text
    number = int(text)
    if number < 2**31:
        return INTEGER, number
    return (BIGINT, number) if number < 2**63 else (NUMERIC, text)
