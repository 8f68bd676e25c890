"""Which terminals of grammar/vql.lark lexemes are.

Words are terminals only where a rule needs them: a few reserved words everywhere, fixed sequences
(GROUP BY, AS OF, NOT IN) joined into one terminal, and some words only in statements that start
with a certain word or before a certain token. Everything else is a NAME, so columns may be called
`date`, `key` or `version`.
"""

from __future__ import annotations

from collections.abc import Iterator

from lark import Token

from vql.deadline import watched
from vql.functions.system.keywords import CATEGORIES, JSON_CALLS, LABELS_BEHIND_AS
from vql.language.lexer import Lexeme, scan
from vql.language.sequences import ALIASES, JSON_CLAUSES, SEQUENCES
from vql.types.moments.interval import INTERVAL
from vql.types.moments.moments import TIME, TIMESTAMP
from vql.types.type import literal_words

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

# What the grammar has rules for everywhere.
RESERVED = frozenset(
    """select from where having limit offset fetch on using as and or not in like ilike between null
    true false case when then else end cast exists array distinct all any some union except
    intersect with values asc desc lateral natural join collate window returning default only
    escape constraint unique table create into for interval symmetric asymmetric variadic""".split()
)
# The terminals of names: of columns and tables; of functions alone; without and behind AS. What a keyword
# that is no terminal of its own is called till it is one of them.
NAMES, KEYWORD = ("NAME", "BARE_LABEL", "LABEL"), "KEYWORD"
NAMED_BY_CATEGORY = {"U": ("NAME",), "C": ("NAME",), "T": ("FUNCTION_NAME",), "R": ()}
# Words that are terminals only in statements starting with one of these.
BY_STATEMENT = {
    "insert": {"returning"}, "update": {"set"}, "set": {"set", "to", "deferrable"}, "reset": {"reset"},
    "show": {"show"}, "explain": {"explain", "analyze", "verbose"},
    "vacuum": {"vacuum", "analyze", "verbose", "full", "freeze"}, "analyze": {"analyze", "verbose"},
    "begin": {"begin", "deferrable"}, "start": {"deferrable"}, "commit": {"commit"}, "end": {"end"},
    "abort": {"abort"},
    "rollback": {"rollback"}, "savepoint": {"savepoint"}, "release": {"release"}, "copy": {"copy", "to"},
    "truncate": {"truncate", "cascade", "restrict"}, "drop": {"cascade", "restrict"},
    "discard": {"discard"}, "deallocate": {"deallocate"}, "close": {"close"},
    "with": {"set"}, "merge": {"merge"}, "lock": {"lock"}, "reindex": {"reindex"},
    "create": {"deferrable"},
}  # fmt: skip

# Words that give a string behind them a type: DATE '2026-11-01'.
TYPED_WORDS = literal_words()
ZONED = frozenset({TIME.name, TIMESTAMP.name})
ZONES = ("with time zone", "without time zone")
# What an interval's string may count: INTERVAL '1' DAY.
FIELDS = ("year", "month", "day", "hour", "minute", "second")
# Function-like words: terminals only before an opening bracket.
BEFORE_BRACKET = {
    "extract": "EXTRACT",
    "filter": "FILTER",
    "row": "ROW",
    "position": "POSITION",
    "trim": "TRIM",
}
# What may follow the name of what SELECT gives.
BEHIND_LABEL = frozenset(
    ", ) ; from where group having window order limit offset fetch union except intersect".split()
)
OPERATORS = frozenset("and between collate escape ilike in like or".split())
# Words between the arguments of one function.
WITHIN_BRACKET = {
    "similar": "substring", "placing": "overlay", "both": "trim", "leading": "trim", "trailing": "trim",
}  # fmt: skip
# What is a terminal in some places alone: `_may_stand`.
OF_PLACES = frozenset({"ROWS_FROM", "VERSIONS_BETWEEN", "NOWAIT", "SKIP_LOCKED"})
# What a bound of VERSIONS BETWEEN is where it is no time.
MOMENT_KINDS = frozenset({"version", "snapshot"})
# What is a terminal behind one word alone.
BEHIND_WORD = {"materialized": "as", "recursive": "with"}
# What begins a frame of a window, and what follows it there and nowhere else.
FRAME_MODES = frozenset({"rows", "range", "groups"})
BEHIND_MODE = frozenset({"between", "unbounded", "current", "interval", "cast"})
QUERIES = frozenset({"select", "with", "values", "table", "insert", "update", "delete", "merge"})
CURRENT = {"current_date", "current_timestamp", "current_time", "localtimestamp", "localtime", "user",
           "current_user", "session_user", "current_role", "current_catalog", "current_schema"}  # fmt: skip

# What only CREATE says of constraints, and what it says of them in other words than SET of transactions.
OF_CONSTRAINTS = frozenset({"CHECK", "REFERENCES", "FOREIGN_KEY", "REFERENTIAL", "CONSTRAINT_ATTRIBUTE"})
# What CASE may say too of columns of such names, where no MERGE is.
OF_MERGE = frozenset(
    {"WHEN_MATCHED", "WHEN_NOT_MATCHED", "WHEN_NOT_MATCHED_BY_SOURCE", "THEN_UPDATE_SET", "THEN_DELETE",
     "THEN_INSERT", "THEN_DO_NOTHING"}
)  # fmt: skip
# What functions of SQL/JSON make terminals of: words of theirs, and their clauses.
OF_SQL_JSON = frozenset({"value", "passing", *JSON_CLAUSES})
# Joined one-word entries that are terminals only where the statement says so.
STATEMENT_WORDS = frozenset({"deferrable", "deallocate", "close", "abort"})


def tokens(lexemes: list[Lexeme]) -> Iterator[Token]:
    """Name the terminals of lexemes."""
    count = len(lexemes)
    first = lexemes[0].value if lexemes and lexemes[0].kind == "word" else ""
    extra = BY_STATEMENT.get(first, set())
    explained = first == "explain"
    if first in ("merge", "explain", "with") and any(_begins_merge(lexemes, i) for i in range(count - 1)):
        extra = extra | {"merge"}
    position = 0
    while position < count:
        lexeme = lexemes[position]
        used = 1
        match lexeme.kind:
            case "word":
                if lexeme.value in ("search", "cycle"):  # of a query of WITH, wherever that stands
                    extra = extra | {"set", "to", "cycle"}
                if lexeme.value in JSON_CALLS and position + 1 < count and lexemes[position + 1].value == "(":
                    extra = extra | OF_SQL_JSON
                terminal, used = _word(lexemes, position, extra, first)
                if terminal == "NAME" and lexeme.value in CATEGORIES:
                    terminal = KEYWORD
                if explained and lexeme.value in ("update", "with", "insert", "merge"):
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


def names_too(token: Token) -> tuple[str, ...]:
    """Return the terminals of names that a token may be instead of its own: the table of
    PostgreSQL's keywords says it of them, any other word is a name everywhere."""
    if token.type in ("STRING", "BITS"):
        return ()
    word = token.value
    if token.type == "NAME" or word not in CATEGORIES:
        return NAMES if token.type == "NAME" else ()
    named = NAMED_BY_CATEGORY[CATEGORIES[word]]
    return (*named, "LABEL") if word in LABELS_BEHIND_AS else (*named, "BARE_LABEL", "LABEL")


def _begins_merge(lexemes: list[Lexeme], position: int) -> bool:
    return lexemes[position].value == "merge" and lexemes[position + 1].value == "into"


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


def _is_of_statement(terminal: str, first: str, extra: set[str]) -> bool:
    """Whether a sequence of words is a terminal in a statement that begins with a word."""
    if terminal in JSON_CLAUSES:
        return terminal in extra
    if terminal in OF_CONSTRAINTS or terminal == "ON_COMMIT":
        return first == "create"
    if terminal in ("MODE", "TIME_ZONE"):
        return first in ("begin", "start", "set", "show")
    if terminal == "TRANSACTION_LEVEL":
        return first == "show"
    if terminal == "LOCK_MODE":
        return first == "lock"
    return terminal not in OF_MERGE or "merge" in extra


def _begins_frame(lexemes: list[Lexeme], position: int) -> bool:
    """Whether the frame of a window begins here, and no column of that name stands here."""
    if position + 1 == len(lexemes):
        return False
    after = lexemes[position + 1]
    if after.value not in BEHIND_MODE and after.kind not in ("number", "string", "parameter"):
        return False
    start = _enclosing_bracket(lexemes, position)
    if start < 1 or lexemes[start + 1].value in QUERIES:
        return False
    return lexemes[start - 1].value in ("over", "as")


def _word(lexemes: list[Lexeme], position: int, extra: set[str], first: str) -> tuple[str, int]:
    word = lexemes[position].value
    after = lexemes[position + 1] if position + 1 < len(lexemes) else None
    before = lexemes[position - 1].value if position and lexemes[position - 1].kind == "mark" else ""
    if before == "." or _is_label(lexemes, position):
        return "NAME", 1
    for rest, terminal in SEQUENCES.get(word, ()):
        if terminal == "MODE" and first == "create" and (word, *rest)[-1] == "deferrable":
            terminal = "CONSTRAINT_ATTRIBUTE"
        if not _is_of_statement(terminal, first, extra):
            continue
        if terminal == "CONSTRAINT_ATTRIBUTE" and before in ("(", ","):
            continue  # a column of that name, or a condition
        if not rest and (word not in extra and word in STATEMENT_WORDS):
            continue
        if terminal in OF_PLACES and not _may_stand(terminal, lexemes, position):
            continue  # a column of that name
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
    if word in FRAME_MODES and _begins_frame(lexemes, position):
        return "FRAME", 1
    if word in ("row", "rows") and _ends_offset(lexemes, position):
        return "ROWS", 1
    if word in FIELDS and (used := _interval_fields(lexemes, position)):
        return "INTERVAL_FIELDS", used
    if word in TYPED_WORDS and (used := _words_before_string(lexemes, position)):
        return "TYPED", used
    if word in CURRENT and not (after is not None and after.value in (".", "(")):
        return "CURRENT", 1
    if word in CURRENT:
        return "FUNCTION_NAME", 1
    if word == "per" and position > 1 and lexemes[position - 2].value == "limit":
        return "PER", 1
    if word == "of" and position and lexemes[position - 1].value in ("update", "share"):
        return "FOR_OF", 1
    if word in MOMENT_KINDS and _begins_bound(lexemes, position):
        return "MOMENT_KIND", 1
    if word in BEHIND_WORD and position and lexemes[position - 1].value == BEHIND_WORD[word]:
        return word.upper(), 1
    if word == "operator" and after is not None and after.value == "(":
        return "OPERATOR", 1
    if word == "update" and (
        position == 0 or first == "explain" or (first == "with" and before in ("(", ")"))
    ):
        return "UPDATE", 1
    if word in extra:
        return ALIASES.get(word.upper(), word.upper()), 1
    if word in ("exists", "values") and (
        after is None or after.value != "(" and after.kind != "rows_of_literals"
    ):
        return "NAME", 1
    if word in RESERVED:
        # `interval` is reserved for no rule but the typed literal above.
        if word in ("interval", "table", "into", "create") and first not in ("truncate", "lock"):
            is_query = word == "table" and (first == "insert" or _begins_query(lexemes[:position]))
            return "TABLE" if is_query else "NAME", 1
        if word in ("left", "right"):
            return "NAME", 1
        return ALIASES.get(word.upper(), word.upper()), 1
    return "NAME", 1


def _may_stand(terminal: str, lexemes: list[Lexeme], position: int) -> bool:
    """Whether one of OF_PLACES stands where it may."""
    if terminal == "ROWS_FROM":
        return lexemes[position - 1].value in ("from", "join", "lateral")
    if terminal == "VERSIONS_BETWEEN":
        return _is_behind_table(lexemes, position)
    return _ends_locking(lexemes[:position])


def _is_behind_table(lexemes: list[Lexeme], position: int) -> bool:
    """Whether what stands before may be a table's name."""
    before = lexemes[position - 1] if position else None
    if before is None or before.kind == "quoted":
        return before is not None
    return before.kind == "word" and before.value not in RESERVED and before.value != "by"


def _begins_bound(lexemes: list[Lexeme], position: int) -> bool:
    """Whether a bound of VERSIONS BETWEEN begins here."""
    depth = ands = 0
    for place in range(position - 1, 0, -1):
        lexeme = lexemes[place]
        if lexeme.kind == "mark" and lexeme.value in "()":
            depth += 1 if lexeme.value == ")" else -1
        elif not depth and lexeme.value == "between":
            is_first = place == position - 1 and not ands
            is_moment = lexemes[place - 1].value == "versions" and _is_behind_table(lexemes, place - 1)
            return is_moment and (is_first or ands == 1)
        elif not depth and lexeme.value == "and":
            if ands or place != position - 1:
                return False
            ands = 1
        if depth < 0:
            return False
    return False


def _is_label(lexemes: list[Lexeme], position: int) -> bool:
    """Whether a word is the name of what SELECT gives: any word may be that behind AS, and operators with
    nothing behind them are no operators."""
    after = lexemes[position + 1].value if position + 1 < len(lexemes) else ";"
    if lexemes[position].value in OPERATORS:
        return after in BEHIND_LABEL
    if not position or (lexemes[position - 1].kind, lexemes[position - 1].value) != ("word", "as"):
        return False
    return after in BEHIND_LABEL and (after == "," or lexemes[position].value not in ("select", "with"))


def _words_before_string(lexemes: list[Lexeme], position: int) -> int:
    """Return how many lexemes name the type of a string behind them, modifiers and zone among them; 0 where
    none stands there."""
    end = position + 1
    values = [lexeme.value for lexeme in lexemes[position : position + 9]]
    if values[1:2] == ["("] and ")" in values:
        end += values.index(")")
        if any(lexeme.kind not in ("number", "mark") for lexeme in lexemes[position + 1 : end]):
            return 0
    if values[0] in ZONED and " ".join(lexeme.value for lexeme in lexemes[end : end + 3]) in ZONES:
        end += 3
    is_literal = end < len(lexemes) and lexemes[end].kind == "string"
    return end - position if is_literal else 0


def _interval_fields(lexemes: list[Lexeme], position: int) -> int:
    """Return how many lexemes say the fields of an interval's string before them, or of the type interval,
    0 where there is neither."""
    named = position - 1
    if position > 1 and lexemes[named].kind == "string":
        named -= 1
        while named > 0 and lexemes[named].kind in ("number", "mark"):
            named -= 1
    if position == 0 or lexemes[named].kind != "word" or lexemes[named].value != INTERVAL.name:
        return 0
    values = [lexeme.value for lexeme in lexemes[position : position + 3]]
    if values[1:2] != ["to"] or values[-1] not in FIELDS:
        return 1
    first, last = FIELDS.index(values[0]), FIELDS.index(values[-1])
    return 3 if first < last and (last < 2) == (first < 2) else 1


def _ends_offset(lexemes: list[Lexeme], position: int) -> bool:
    """Whether a word stands behind a count of rows that OFFSET leaves out."""
    start = position - 1
    if start > 0 and lexemes[start].value == ")":
        start = _enclosing_bracket(lexemes, start)
    return start > 0 and lexemes[start - 1].value == "offset"


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
    start = _enclosing_bracket(lexemes, position)
    return lexemes[start - 1].value if start > 0 and lexemes[start - 1].kind == "word" else ""


def _enclosing_bracket(lexemes: list[Lexeme], position: int) -> int:
    """Return the place of the bracket that a lexeme stands in, -1 for none."""
    depth = 0
    for place in range(position - 1, 0, -1):
        lexeme = lexemes[place]
        if lexeme.kind == "mark" and lexeme.value in "()":
            depth += 1 if lexeme.value == ")" else -1
            if depth < 0:
                return place
    return -1


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
    ".": "_DOT", ":": "_COLON", "::": "CASTS", ":=": "NAMED", "=>": "NAMED",
}  # fmt: skip
