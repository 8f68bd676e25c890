"""jsonpath: text to a tree (PostgreSQL's manual, "The SQL/JSON Path Language").

A path is a `PathNode` of an operation and its operands; `"path"` is a value and the steps that follow it.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, NoReturn

from vql.dataclass import dataclass
from vql.deadline import check_deadline
from vql.errors import DataError, InvalidText, NotSupportedError, SyntaxError
from vql.types.json.jsonpath_regex import compiled_regex
from vql.types.numbers.numeric_math import bounded

SPECIAL = r"?%$.\[\]{}()|&!=<>@#,*:\-+/\\\" \t\n\r\f"
TOKEN = re.compile(
    rf"""
    (?P<space>[ \t\n\r\f]+)
  | (?P<comment>/\*.*?\*/)
  | (?P<number>(?:0[xX][0-9a-fA-F]+(?:_[0-9a-fA-F]+)* | 0[oO][0-7]+(?:_[0-7]+)* | 0[bB][01]+(?:_[01]+)*
      | (?:(?:0|[1-9](?:_?[0-9])*)(?:\.(?:[0-9](?:_?[0-9])*)?)? | \.[0-9](?:_?[0-9])*)
        (?:[eE][-+]?[0-9](?:_?[0-9])*)?))
  | (?P<variable>\$(?:"(?:[^"\\]|\\.)*"|(?:[^{SPECIAL}]|\\.)+))
  | (?P<string>"(?:[^"\\]|\\.)*")
  | (?P<name>(?:[^{SPECIAL}]|\\.)+)
  | (?P<mark>&&|\|\||==|!=|<>|<=|>=|\*\*|[?%$.\[\]{{}}()|&!=<>@\#,*:\-+/])
    """,
    re.X | re.S,
)
JUNK = re.compile(rf"[^{SPECIAL}]+")
ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.S)
ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
COMPARISONS = frozenset(("==", "!=", "<", "<=", ">", ">="))
PREDICATES = COMPARISONS | {"&&", "||", "!", "exists", "is unknown", "starts with", "like_regex"}
# Words that are values are so in lower case alone.
CONSTANTS = {"true": True, "false": False, "null": None}
METHODS = frozenset(
    """abs size type floor double ceiling keyvalue bigint boolean date integer number string decimal
    datetime time time_tz timestamp timestamp_tz""".split()
)
# How many numbers stand between the brackets of a method; a template is a string.
METHOD_NUMBERS = {"decimal": 2, "time": 1, "time_tz": 1, "timestamp": 1, "timestamp_tz": 1}
REGEX_FLAGS = "ismxq"
LAST_LEVEL = 2**32 - 1


@dataclass(frozen=True, slots=True)
class PathNode:
    """An operation of a path. `op` is a mark of the language or one of: value, variable, root, current, last,
    path, key, any key, any element, elements, any level, filter, method, exists, is unknown, starts with,
    like_regex, plus, minus."""

    op: str
    args: tuple[Any, ...] = ()

    @property
    def is_predicate(self) -> bool:
        return self.op in PREDICATES


@dataclass(frozen=True, slots=True)
class JsonPath:
    """A whole path; lax unless it says strict."""

    root: PathNode
    is_lax: bool


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str  # as written
    value: str  # without quotes and escapes


def parse_jsonpath(text: str) -> JsonPath:
    """Parse a path. Raises 42601, 22P02."""
    tokens = list(_tokens(text))
    if not tokens:
        raise InvalidText(f'invalid input syntax for type jsonpath: "{text}"')
    return _Parser(tokens).whole()


# ------------------------------------------------------------------ tokens


def _tokens(text: str) -> list[Token]:
    found = []
    position = 0
    while position < len(text):
        check_deadline()
        match = TOKEN.match(text, position)
        if match is None:
            what = "unterminated quoted string" if '"' in text[position:] else "unexpected end"
            raise SyntaxError(f"{what} at end of jsonpath input")
        if match.group() == "/" and text.startswith("/*", position):
            raise SyntaxError("unexpected end of comment at end of jsonpath input")
        position, kind = match.end(), match.lastgroup or ""
        word = match.group()
        if kind == "number":
            junk = JUNK.match(text, position)
            if junk:
                raise SyntaxError(
                    f'trailing junk after numeric literal at or near "{word}{junk.group()}" of jsonpath input'
                )
        if kind not in ("space", "comment"):
            found.append(Token(kind, word, _unescaped_word(kind, word)))
    return found


def _unescaped_word(kind: str, word: str) -> str:
    if kind == "variable":
        word = word[1:]
    if word.startswith('"'):
        word = word[1:-1]
    if "\\" not in word or kind in ("mark", "number"):
        return word
    word = ESCAPE.sub(_character, word)
    try:  # halves of a character may be written one by one
        return word.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        detail = "Unicode low surrogate must follow a high surrogate."
        raise InvalidText("invalid input syntax for type jsonpath", detail=detail) from None


def _character(match: re.Match[str]) -> str:
    braced, four, two, char = match.groups()
    digits = braced or four or two
    if digits:
        code = int(digits, 16)
        if code == 0:
            detail = "\\u0000 cannot be converted to text."
            raise DataError("unsupported Unicode escape sequence", sqlstate="22P05", detail=detail)
        if code > 0x10FFFF:
            raise InvalidText("could not convert Unicode to server encoding")
        return chr(code)
    if char in "ux":
        what = "Unicode escape" if char == "u" else "hexadecimal character"
        raise SyntaxError(f'invalid {what} sequence at or near "{match.group()}" of jsonpath input')
    return ESCAPES.get(char, char)


# ------------------------------------------------------------------ grammar


class _Parser:
    """Recursive descent; each method reads one kind of expression, the weakest operator first."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._position = 0
        self._filters = 0  # around the place at hand, and subscripts: what @ and last stand in
        self._subscripts = 0

    def whole(self) -> JsonPath:
        is_lax = True
        if self._word() in ("lax", "strict"):
            is_lax = self._take().value.lower() == "lax"
        root = self._disjunction()
        if self._position < len(self._tokens):
            self._fail()
        return JsonPath(root, is_lax)

    def _disjunction(self) -> PathNode:
        return self._chain("||", self._conjunction)

    def _conjunction(self) -> PathNode:
        return self._chain("&&", self._negation)

    def _chain(self, op: str, operand: Any) -> PathNode:
        left: PathNode = operand()
        while self._is(op):
            self._need(left.is_predicate)
            self._take()
            right = operand()
            self._need(right.is_predicate)
            left = PathNode(op, (left, right))
        return left

    def _negation(self) -> PathNode:
        if not self._is("!"):
            return self._comparison()
        self._take()
        if self._word() == "exists":
            return PathNode("!", (self._exists(),))
        self._expect("(")
        inner = self._disjunction()
        self._need(inner.is_predicate)
        self._expect(")")
        return PathNode("!", (inner,))

    def _comparison(self) -> PathNode:
        if self._word() == "exists":
            return self._exists()
        is_bracketed = self._is("(")
        left = self._sum()
        if left.is_predicate:
            if is_bracketed and self._word() == "is":
                self._take()
                self._expect_word("unknown")
                return PathNode("is unknown", (left,))
            return left
        mark = "!=" if self._is("<>") else self._mark()
        if mark in COMPARISONS:
            self._take()
            right = self._sum()
            self._need(not right.is_predicate)
            return PathNode(mark, (left, right))
        if self._word() == "starts":
            self._take()
            self._expect_word("with")
            prefix = self._take("string", "variable")
            return PathNode("starts with", (left, PathNode(_literal_op(prefix), (prefix.value,))))
        if self._word() == "like_regex":
            self._take()
            pattern = self._take("string").value
            flags = ""
            if self._word() == "flag":
                self._take()
                flags = _regex_flags(self._take("string").value)
            compiled_regex(pattern, flags)
            return PathNode("like_regex", (left, pattern, flags))
        return left

    def _exists(self) -> PathNode:
        self._take()
        self._expect("(")
        inner = self._sum()
        self._need(not inner.is_predicate)
        self._expect(")")
        return PathNode("exists", (inner,))

    def _sum(self) -> PathNode:
        return self._arithmetic(("+", "-"), lambda: self._arithmetic(("*", "/", "%"), self._signed))

    def _arithmetic(self, marks: tuple[str, ...], operand: Any) -> PathNode:
        left: PathNode = operand()
        while self._mark() in marks:
            self._need(not left.is_predicate)
            op = self._take().text
            right = operand()
            self._need(not right.is_predicate)
            left = PathNode(op, (left, right))
        return left

    def _signed(self) -> PathNode:
        if self._mark() not in ("+", "-"):
            return self._accessors()
        is_minus = self._take().text == "-"
        operand = self._signed()
        self._need(not operand.is_predicate)
        if operand.op == "value" and isinstance(operand.args[0], Decimal):
            return PathNode("value", (-operand.args[0],)) if is_minus else operand
        return PathNode("minus" if is_minus else "plus", (operand,))

    def _accessors(self) -> PathNode:
        head = self._primary()
        steps: list[PathNode] = []
        while self._mark() in (".", "[", "?"):
            steps.append(self._step())
        return PathNode("path", (head, *steps)) if steps else head

    def _primary(self) -> PathNode:
        token = self._take()
        match token.kind, token.text:
            case "string", _:
                return PathNode("value", (token.value,))
            case "variable", _:
                return PathNode("variable", (token.value,))
            case "number", _:
                return PathNode("value", (_path_number(token.text),))
            case "mark", "$":
                return PathNode("root")
            case "mark", "@":
                if not self._filters:
                    raise SyntaxError("@ is not allowed in root expressions")
                return PathNode("current")
            case "mark", "(":
                inner = self._disjunction()
                self._expect(")")
                return inner
            case "name", word if word in CONSTANTS:
                return PathNode("value", (CONSTANTS[word],))
            case "name", word if word.lower() == "last":
                if not self._subscripts:
                    raise SyntaxError("LAST is allowed only in array subscripts")
                return PathNode("last")
        self._position -= 1
        self._fail()

    def _step(self) -> PathNode:
        mark = self._take().text
        if mark == "?":
            self._expect("(")
            self._filters += 1
            inner = self._disjunction()
            self._need(inner.is_predicate)
            self._filters -= 1
            self._expect(")")
            return PathNode("filter", (inner,))
        if mark == "[":
            return self._elements()
        if self._is("*"):
            self._take()
            return PathNode("any key")
        if self._is("**"):
            self._take()
            return self._levels()
        key = self._take("name", "string")
        if key.kind == "name" and key.value.lower() in METHODS and self._is("("):
            return self._method(key.value.lower())
        return PathNode("key", (key.value,))

    def _elements(self) -> PathNode:
        if self._is("*"):
            self._take()
            self._expect("]")
            return PathNode("any element")
        ranges = []
        self._subscripts += 1
        while True:
            low = self._sum()
            high = None
            if self._word() == "to":
                self._take()
                high = self._sum()
            self._need(not (low.is_predicate or (high is not None and high.is_predicate)))
            ranges.append((low, high))
            if not self._is(","):
                break
            self._take()
        self._subscripts -= 1
        self._expect("]")
        return PathNode("elements", tuple(ranges))

    def _levels(self) -> PathNode:
        if not self._is("{"):
            return PathNode("any level", (0, LAST_LEVEL))
        self._take()
        low = high = self._level()
        if self._word() == "to":
            self._take()
            high = self._level()
        self._expect("}")
        return PathNode("any level", (low, high))

    def _level(self) -> int:
        if self._word() == "last":
            self._take()
            return LAST_LEVEL
        text = self._take("number").text
        self._need(text.isdigit())
        return int(text)

    def _method(self, name: str) -> PathNode:
        self._expect("(")
        given: list[Any] = []
        if name == "datetime" and not self._is(")"):
            given.append(self._take("string").value)
        while name in METHOD_NUMBERS and not self._is(")"):
            if given:
                self._expect(",")
            is_minus = name == "decimal" and self._is("-")
            if is_minus or (name == "decimal" and self._is("+")):
                self._take()
            number = int(self._take("number").text)
            given.append(-number if is_minus else number)
        if len(given) > METHOD_NUMBERS.get(name, 1):
            raise SyntaxError(f"too many arguments of .{name}() in jsonpath")
        self._expect(")")
        return PathNode("method", (name, *given))

    # -------------------------------------------------------------- tokens

    def _token(self) -> Token | None:
        return self._tokens[self._position] if self._position < len(self._tokens) else None

    def _mark(self) -> str:
        token = self._token()
        return token.text if token is not None and token.kind == "mark" else ""

    def _word(self) -> str:
        token = self._token()
        return token.value.lower() if token is not None and token.kind == "name" else ""

    def _is(self, mark: str) -> bool:
        return self._mark() == mark

    def _take(self, *kinds: str) -> Token:
        check_deadline()
        token = self._token()
        if token is None or (kinds and token.kind not in kinds):
            self._fail()
        self._position += 1
        return token

    def _expect(self, mark: str) -> None:
        self._need(self._is(mark))
        self._take()

    def _expect_word(self, word: str) -> None:
        self._need(self._word() == word)
        self._take()

    def _need(self, holds: bool) -> None:
        if not holds:
            self._fail()

    def _fail(self) -> NoReturn:
        token = self._token()
        if token is None:
            raise SyntaxError("syntax error at end of jsonpath input")
        raise SyntaxError(f'syntax error at or near "{token.text}" of jsonpath input')


def _literal_op(token: Token) -> str:
    return "value" if token.kind == "string" else "variable"


def _path_number(text: str) -> Decimal:
    digits = text.replace("_", "")
    if digits[:2].lower() in ("0x", "0o", "0b"):
        return Decimal(int(digits, 0))
    return bounded(Decimal(digits))


def _regex_flags(text: str) -> str:
    for flag in text:
        if flag not in REGEX_FLAGS:
            raise SyntaxError(
                "invalid input syntax for type jsonpath",
                detail=f'Unrecognized flag character "{flag}" in LIKE_REGEX predicate.',
            )
    if "x" in text and "q" not in text:
        raise NotSupportedError('XQuery "x" flag (expanded regular expressions) is not implemented')
    return "".join(flag for flag in REGEX_FLAGS if flag in text)
