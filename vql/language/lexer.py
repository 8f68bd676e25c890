"""One-regex lexer: text to the terminals of grammar/vql.lark.

Words are terminals only where a rule needs them: a few reserved words everywhere, fixed sequences
(GROUP BY, AS OF, NOT IN) joined into one terminal, and some words only in statements that start
with a certain word or before a certain token. Everything else is a NAME, so columns may be called
`date`, `key` or `version`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from lark import Token

from vql.deadline import ITEMS_BETWEEN_CHECKS, check_deadline, watched
from vql.errors import DataError, SyntaxError, UndefinedParameter
from vql.language.strings import continues, prefixed, unicode_quoted, zero_byte
from vql.types.type import literal_words

# What may be long is possessive (`*+`): nothing is noted down for a way back that there is not.
STRING = r"'[^']*+(?:''[^']*+)*+'"
NUMBER = r"[-+]?(?:[0-9]++\.?[0-9]*+|\.[0-9]++)(?:[eE][-+]?[0-9]++)?"
DIGITS = "[0-9](?:_?[0-9])*"
PATTERN = re.compile(
    rf"""
    (?P<space>\s+|--[^\n]*)
  | (?P<comment>/\*)
  | (?P<word>[A-Za-z_\u0080-\U0010ffff][\w$\u0080-\U0010ffff]*)
  | (?P<string>{STRING})
  | (?P<based>0(?:[xX](?:_?[0-9a-fA-F])+|[oO](?:_?[0-7])+|[bB](?:_?[01])+)(?![\w$]))
  | (?P<number>(?:{DIGITS}(?:\.(?:{DIGITS})?)?|\.{DIGITS})(?:[eE][-+]?{DIGITS})?(?![A-Za-z_]))
  | (?P<parameter>\$[0-9]+)
  | (?P<dollar>\$(?P<tag>[A-Za-z_]*)\$)
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
# The wire protocol counts parameters in 16 bits. Enough characters to tell that a number is greater.
PARAMETERS_MAX, PARAMETER_CHARACTERS = 65_535, 12

COMPARISONS = {"<", ">", "<=", ">=", "<>", "!="}
SINGLE = {
    "=": "EQ",
    "+": "PLUS",
    "-": "MINUS",
    "*": "STAR",
    "/": "MULOP",
    "%": "MULOP",
    "^": "POW",
    "=>": "NAMED",
}

RESERVED = frozenset(
    """select from where having limit offset fetch on using as and or not in like ilike between null
    true false case when then else end cast exists array distinct all any some union except
    intersect with values asc desc lateral natural join collate window returning default only
    escape constraint unique table create into for interval symmetric asymmetric variadic""".split()
)
# Words that are terminals only in statements starting with one of these.
BY_STATEMENT = {
    "insert": {"returning"}, "update": {"set"}, "set": {"set", "to"}, "reset": {"reset"},
    "show": {"show"}, "explain": {"explain", "analyze", "verbose"},
    "vacuum": {"vacuum", "analyze", "verbose"}, "analyze": {"analyze", "verbose"},
    "begin": {"begin"}, "start": set(), "commit": {"commit"}, "end": {"end"}, "abort": {"abort"},
    "rollback": {"rollback"}, "savepoint": {"savepoint"}, "release": {"release"}, "copy": {"copy"},
    "truncate": {"truncate", "cascade", "restrict"}, "drop": {"cascade", "restrict"},
    "discard": {"discard"}, "deallocate": {"deallocate"}, "close": {"close"},
    "unlisten": {"unlisten"}, "with": {"set"}, "lock": {"lock"},
}  # fmt: skip

SEQUENCES_TEXT = """
group by|order by|partition by|is null|is not null|is true|is not true|is false|is not false
is unknown|is not unknown|isnull|notnull|is normalized|is nfc normalized|is nfd normalized|is nfkc normalized
is nfkd normalized|is not normalized|is not nfc normalized|is not nfd normalized|is not nfkc normalized
is not nfkd normalized|similar to|not similar to|is distinct from|is not distinct from|not in|not like
not ilike|not between|nulls first|nulls last|as of version|as of snapshot|as of system time|as of
for system_time as of|for update|for no key update|for share|for key share|nowait|skip locked
inner join|left join|left outer join|right join
right outer join|full join|full outer join|cross join|with ordinality|distinct on|not materialized
nulls distinct|nulls not distinct
with no data|row only|rows only|rows per|fetch first|fetch next|first row only|first rows only|next row only
next rows only|at time zone|at local|grouping sets|within group|rows from
insert into|delete from|default values|overriding system value|overriding user value
on conflict|do nothing|do update set|create table
create table if not exists|create unlogged table|create temp table|create temporary table
create unlogged table if not exists|create temp table if not exists|create temporary table if not exists
drop table|drop table if exists|create index|create index if not exists|create index concurrently
create index concurrently if not exists|create unique index|create unique index if not exists
create unique index concurrently|drop index|drop index if exists|drop index concurrently
drop index concurrently if exists|primary key
generated always as identity|generated by default as identity|create extension
create extension if not exists|drop extension|drop extension if exists|create snapshot|drop snapshot
from stdin|to stdout|rollback to savepoint|rollback to|rollback transaction to savepoint
rollback work|rollback transaction|abort work|abort transaction
start transaction|begin transaction|begin work|commit transaction|commit work|end transaction|end work
release savepoint|with time zone|without time zone|double precision|character varying|char varying
nchar varying|national character|national char|national character varying|national char varying
time zone|set session characteristics as transaction|session authorization|set session|set local
set transaction|deallocate all|deallocate prepare|close all|discard all
isolation level serializable|isolation level repeatable read|isolation level read committed
isolation level read uncommitted|transaction isolation level|read only|read write|not deferrable|deferrable
in access share mode|in row share mode|in row exclusive mode|in share update exclusive mode|in share mode
in share row exclusive mode|in exclusive mode|in access exclusive mode
"""
ALIASES = {
    "IS_NULL": "IS_TEST", "IS_NOT_NULL": "IS_TEST", "IS_TRUE": "IS_TEST", "IS_NOT_TRUE": "IS_TEST",
    "IS_FALSE": "IS_TEST", "IS_NOT_FALSE": "IS_TEST", "IS_UNKNOWN": "IS_TEST",
    "IS_NOT_UNKNOWN": "IS_TEST", "ISNULL": "IS_TEST", "NOTNULL": "IS_TEST",
    "IS_DISTINCT_FROM": "DISTINCT_FROM", "IS_NOT_DISTINCT_FROM": "DISTINCT_FROM",
    "AS_OF_SYSTEM_TIME": "AS_OF", "FOR_SYSTEM_TIME_AS_OF": "FOR_SYSTEM_TIME", "FOR_SHARE": "FOR_UPDATE",
    "FOR_KEY_SHARE": "FOR_UPDATE", "FOR_NO_KEY_UPDATE": "FOR_UPDATE",
    "ROWS_PER": "PER", "FETCH_FIRST": "FETCH", "FETCH_NEXT": "FETCH",
    "LEFT_OUTER_JOIN": "LEFT_JOIN", "RIGHT_OUTER_JOIN": "RIGHT_JOIN", "FULL_OUTER_JOIN": "FULL_JOIN",
    "ROW_ONLY": "ROWS_ONLY", "FIRST_ROW_ONLY": "ROWS_ONLY", "FIRST_ROWS_ONLY": "ROWS_ONLY",
    "NEXT_ROW_ONLY": "ROWS_ONLY", "NEXT_ROWS_ONLY": "ROWS_ONLY",
    "GENERATED_ALWAYS_AS_IDENTITY": "IDENTITY", "GENERATED_BY_DEFAULT_AS_IDENTITY": "IDENTITY",
    "START_TRANSACTION": "BEGIN", "BEGIN_TRANSACTION": "BEGIN", "BEGIN_WORK": "BEGIN",
    "COMMIT_TRANSACTION": "COMMIT", "COMMIT_WORK": "COMMIT", "END_TRANSACTION": "COMMIT",
    "END_WORK": "COMMIT", "ROLLBACK_TRANSACTION": "ROLLBACK", "ROLLBACK_WORK": "ROLLBACK",
    "ABORT": "ROLLBACK", "ABORT_WORK": "ROLLBACK", "ABORT_TRANSACTION": "ROLLBACK",
    "ROLLBACK_TO": "ROLLBACK_TO_SAVEPOINT", "ROLLBACK_TRANSACTION_TO_SAVEPOINT": "ROLLBACK_TO_SAVEPOINT",
    "RELEASE_SAVEPOINT": "RELEASE", "WITH_TIME_ZONE": "TYPE_ZONE", "WITHOUT_TIME_ZONE": "TYPE_ZONE",
    "DOUBLE_PRECISION": "TYPE_WORDS", "CHARACTER_VARYING": "TYPE_WORDS", "CHAR_VARYING": "TYPE_WORDS",
    "NCHAR_VARYING": "TYPE_WORDS", "NATIONAL_CHARACTER": "TYPE_WORDS", "NATIONAL_CHAR": "TYPE_WORDS",
    "NATIONAL_CHARACTER_VARYING": "TYPE_WORDS", "NATIONAL_CHAR_VARYING": "TYPE_WORDS",
    "SET_SESSION": "SET",
    "DISCARD_ALL": "DISCARD", "DEALLOCATE": "DISCARD", "DEALLOCATE_ALL": "DISCARD",
    "DEALLOCATE_PREPARE": "DISCARD", "CLOSE_ALL": "DISCARD", "CLOSE": "DISCARD", "UNLISTEN": "DISCARD",
    "TRANSACTION_ISOLATION_LEVEL": "TRANSACTION_LEVEL",
    "SOME": "ANY", "READ_ONLY": "MODE", "READ_WRITE": "MODE", "NOT_DEFERRABLE": "MODE",
    "DEFERRABLE": "MODE", "SET_SESSION_CHARACTERISTICS_AS_TRANSACTION": "SET_TRANSACTION",
}  # fmt: skip
ALIASES |= {
    f"IS_{negation}{form}NORMALIZED": "IS_NORMALIZED"
    for negation in ("", "NOT_")
    for form in ("", "NFC_", "NFD_", "NFKC_", "NFKD_")
}
# Words that give a string behind them a type: DATE '2026-11-01'.
TYPED_WORDS = literal_words()
# Function-like words: terminals only before an opening bracket.
BEFORE_BRACKET = {
    "extract": "EXTRACT",
    "filter": "FILTER",
    "row": "ROW",
    "position": "POSITION",
    "trim": "TRIM",
}
# Words between the arguments of one function.
WITHIN_BRACKET = {
    "similar": "substring", "placing": "overlay", "both": "trim", "leading": "trim", "trailing": "trim",
}  # fmt: skip
CURRENT = {"current_date", "current_timestamp", "current_time", "localtimestamp", "localtime", "user",
           "current_user", "session_user", "current_role", "current_catalog", "current_schema"}  # fmt: skip


def _sequences() -> dict[str, list[tuple[tuple[str, ...], str]]]:
    table: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for line in SEQUENCES_TEXT.strip().splitlines():
        for sequence in line.split("|"):
            words = tuple(sequence.split())
            terminal = "_".join(words).upper()
            if terminal.startswith("ISOLATION"):
                terminal = "MODE"
            if terminal.startswith("IN_"):
                terminal = "LOCK_MODE"
            if words[0] in ("create", "drop"):
                # TEMP, UNIQUE, IF EXISTS and the like are read from the joined words.
                kind = next(w for w in ("table", "index", "extension", "snapshot") if w in words)
                terminal = f"{words[0]}_{kind}".upper()
            table.setdefault(words[0], []).append((words[1:], ALIASES.get(terminal, terminal)))
    for entries in table.values():
        entries.sort(key=lambda entry: -len(entry[0]))
    return table


SEQUENCES = _sequences()
# Joined one-word entries that are terminals only where the statement says so.
STATEMENT_WORDS = frozenset({"deferrable", "deallocate", "unlisten", "close", "abort"})


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
        if kind not in ("space", "comment"):
            found.append(Lexeme(kind, value, start, end))
            if len(found) % ITEMS_BETWEEN_CHECKS == 0:
                check_deadline()
        position = end
    return found


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


def tokens(lexemes: list[Lexeme]) -> Iterator[Token]:
    """Name the terminals of lexemes."""
    count = len(lexemes)
    first = lexemes[0].value if lexemes and lexemes[0].kind == "word" else ""
    extra = BY_STATEMENT.get(first, set())
    explained = first == "explain"
    position = 0
    while position < count:
        lexeme = lexemes[position]
        used = 1
        match lexeme.kind:
            case "word":
                terminal, used = _word(lexemes, position, extra, first)
                if explained and lexeme.value in ("update", "with", "insert"):
                    extra = extra | {"set"}
            case "quoted":
                terminal = "NAME"
            case "number":
                terminal = "INTEGER" if lexeme.value.isdigit() else "DECIMAL"
            case "mark":
                terminal = MARKS[lexeme.value]
            case "operator":
                terminal = "CMP" if lexeme.value in COMPARISONS else SINGLE.get(lexeme.value, "OP")
            case "vector":
                # After an operand brackets are a subscript, as in a[1]; elsewhere a vector.
                before = lexemes[position - 1] if position else None
                if before is not None and (
                    before.kind in ("quoted", "parameter", "vector")
                    or before.value in (")", "]")
                    or (before.kind == "word" and before.value not in RESERVED)
                    or before.value == "array"
                ):
                    yield from _bracketed(lexeme)
                    position += 1
                    continue
                terminal = "VECTOR"
            case kind:
                terminal = kind.upper()
        last = lexemes[position + used - 1]
        value = lexeme.value if used == 1 else " ".join(x.value for x in lexemes[position : position + used])
        yield Token(terminal, value, start_pos=lexeme.start, end_pos=last.end)
        position += used


def _ends_locking(before: list[Lexeme]) -> bool:
    """Whether what stands before is LOCK or FOR UPDATE, or one of its kin, and the tables it names."""
    if before and before[0].value == "lock":
        return True
    at = len(before) - 1
    while at > 0 and (before[at].kind in ("word", "quoted") or before[at].value == ","):
        if before[at].value in ("update", "share"):
            return before[at - 1].value in ("for", "key")
        at -= 1
    return False


def _word(lexemes: list[Lexeme], position: int, extra: set[str], first: str) -> tuple[str, int]:
    word = lexemes[position].value
    after = lexemes[position + 1] if position + 1 < len(lexemes) else None
    before = lexemes[position - 1].value if position and lexemes[position - 1].kind == "mark" else ""
    if before == ".":
        return "NAME", 1
    for rest, terminal in SEQUENCES.get(word, ()):
        if not rest and (word not in extra and word in STATEMENT_WORDS):
            continue
        if terminal in ("MODE", "TIME_ZONE") and first not in ("begin", "start", "set", "show"):
            continue
        if terminal == "TRANSACTION_LEVEL" and first != "show":
            continue
        if terminal == "LOCK_MODE" and first != "lock":
            continue
        if terminal == "ROWS_FROM" and lexemes[position - 1].value not in ("from", "join", "lateral"):
            continue  # a column of that name
        if terminal in ("NOWAIT", "SKIP_LOCKED") and not _ends_locking(lexemes[:position]):
            continue
        ahead = lexemes[position + 1 : position + 1 + len(rest)]
        if len(ahead) == len(rest) and all(
            x.kind == "word" and x.value == r for x, r in zip(ahead, rest, strict=True)
        ):
            return terminal, 1 + len(rest)
    if after is not None and after.value == "(" and after.kind == "mark" and word in BEFORE_BRACKET:
        return BEFORE_BRACKET[word], 1
    if WITHIN_BRACKET.get(word) and _enclosing_function(lexemes, position) == WITHIN_BRACKET[word]:
        return word.upper(), 1
    if word in ("over", "overlaps") and position and lexemes[position - 1].value == ")":
        return word.upper(), 1
    if after is not None and after.kind == "string" and word in TYPED_WORDS:
        return "TYPED", 1
    if word in CURRENT and not (after is not None and after.value in (".", "(")):
        return "CURRENT", 1
    if word == "per" and position > 1 and lexemes[position - 2].value == "limit":
        return "PER", 1
    if word == "of" and position and lexemes[position - 1].value in ("update", "share"):
        return "FOR_OF", 1
    if word == "materialized" and position and lexemes[position - 1].value == "as":
        return "MATERIALIZED", 1
    if word == "recursive" and position and lexemes[position - 1].value == "with":
        return "RECURSIVE", 1
    if word in ("check", "references", "foreign") and first == "create":
        return "UNSUPPORTED_CONSTRAINT", 1
    if word == "operator" and after is not None and after.value == "(":
        return "OPERATOR", 1
    if word == "update" and position == 0 or word == "update" and first == "explain":
        return "UPDATE", 1
    if word in extra:
        return ALIASES.get(word.upper(), word.upper()), 1
    if word in RESERVED:
        # `interval` is reserved for no rule but the typed literal above.
        if word in ("interval", "table", "into", "create") and first not in ("truncate", "lock"):
            is_query = word == "table" and (first == "insert" or _begins_query(lexemes[:position]))
            return "TABLE" if is_query else "NAME", 1
        if word in ("left", "right"):
            return "NAME", 1
        return ALIASES.get(word.upper(), word.upper()), 1
    return "NAME", 1


def _begins_query(before: list[Lexeme]) -> bool:
    """Whether TABLE stands where a query may begin."""
    return not before or before[-1].value in (
        "(",
        "union",
        "except",
        "intersect",
        "all",
        "as",
        "explain",
        ")",
    )


def _enclosing_function(lexemes: list[Lexeme], position: int) -> str:
    """Return the word before the bracket that a lexeme stands in, "" for none."""
    depth = 0
    for place in range(position - 1, 0, -1):
        lexeme = lexemes[place]
        if lexeme.kind == "mark" and lexeme.value in "()":
            depth += 1 if lexeme.value == ")" else -1
            if depth < 0:
                return lexemes[place - 1].value if lexemes[place - 1].kind == "word" else ""
    return ""


def _bracketed(lexeme: Lexeme) -> Iterator[Token]:
    """Give `[1, 2]` after an operand as single tokens again."""
    inner = lexeme.value[1:-1]
    yield Token("_LSQB", "[", start_pos=lexeme.start, end_pos=lexeme.start + 1)
    yield from tokens(
        [
            Lexeme(kind, value, start + lexeme.start + 1, end + lexeme.start + 1)
            for kind, value, start, end in watched(scan(inner, False))
        ]
    )
    yield Token("_RSQB", "]", start_pos=lexeme.end - 1, end_pos=lexeme.end)


MARKS = {
    "(": "_LPAR", ")": "_RPAR", "[": "_LSQB", "]": "_RSQB", ",": "_COMMA", ";": "_SEMICOLON",
    ".": "_DOT", ":": "_COLON", "::": "_CASTS", ":=": "NAMED", "=>": "NAMED",
}  # fmt: skip
