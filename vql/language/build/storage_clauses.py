"""Where PostgreSQL keeps rows and indexes: what CREATE TABLE and CREATE INDEX say that is so anyhow (`USING
heap`, `TABLESPACE pg_default`) is taken out before the parser sees it, the rest is refused by name.

Tables are not divided: rows of a tenant are found by a filter, which combines with a search of vectors at any
selectivity, and one index serves all of them.
"""

from __future__ import annotations

from vql.errors import NotSupportedError, UndefinedObject
from vql.language.build.reader import CLOSING, OPENING
from vql.language.lexer import Lexeme

WORDS = frozenset(("tablespace", "using", "partition", "inherits"))
INSTEAD = {
    "PARTITION BY": "Keep one table with a column for what would divide it, and an index on that: a filter"
    " by it combines with every search. Rows that get old may expire (retention).",
    "INHERITS": "Use LIKE to take over columns.",
}
# What may stand behind the name of a tablespace, and words that are operators behind a column of that name.
BEHIND = frozenset(("where", "as", "with"))
OPERATORS = frozenset(("is", "isnull", "notnull", "in", "like", "ilike", "between", "and", "or", "not"))


def without_storage(lexemes: list[Lexeme]) -> list[Lexeme]:
    """Return the words of a CREATE TABLE or CREATE INDEX without clauses of storage that change nothing.
    Raises 42704 for what there is not, 0A000 for PARTITION BY, PARTITION OF and INHERITS."""
    if not any(lexeme.value in WORDS and lexeme.kind == "word" for lexeme in lexemes):
        return lexemes
    is_table = any(lexeme.value == "table" and lexeme.kind == "word" for lexeme in lexemes[1:5])
    if not is_table and all(lexeme.value != "index" for lexeme in lexemes[1:3]):
        return lexemes
    kept, place, depth, is_query = list[Lexeme](), 0, 0, False
    while place < len(lexemes):
        lexeme, after = lexemes[place], lexemes[place + 1 : place + 4]
        if lexeme.kind == "mark":
            depth += (lexeme.value in OPENING) - (lexeme.value in CLOSING)
        words = lexeme.value, *(each.value for each in after)
        if lexeme.kind != "word" or is_query:
            pass
        elif is_table and depth == 1 and words[:3] == ("using", "index", "tablespace"):
            if len(words) == 4:
                require_tablespace(words[3])
            place += 4
            continue
        elif not depth and _is_tablespace(words, after):
            require_tablespace(after[0].value)
            place += 2
            continue
        elif is_table and not depth and place > 2:
            if words[0] == "using" and after:
                require_method(after[0].value)
                place += 2
                continue
            _refuse(words, lexeme)
            is_query = words[0] == "as"
        kept.append(lexeme)
        place += 1
    return kept


def _is_tablespace(words: tuple[str, ...], after: list[Lexeme]) -> bool:
    if words[0] != "tablespace" or len(words) < 2 or after[0].kind not in ("word", "quoted"):
        return False
    is_end = len(words) < 3 or words[2] in BEHIND
    return is_end and not (after[0].kind == "word" and words[1] in OPERATORS)


def require_tablespace(name: str) -> None:
    """Raise 42704 for a tablespace but the one that there is."""
    if name != "pg_default":
        raise UndefinedObject(f'tablespace "{name}" does not exist')


def require_method(name: str) -> None:
    """Raise 42704 for an access method of tables but the one that there is."""
    if name not in ("heap", "default"):
        raise UndefinedObject(f'access method "{name}" does not exist')


def _refuse(words: tuple[str, ...], lexeme: Lexeme) -> None:
    clause = "INHERITS" if words[:2] == ("inherits", "(") else "PARTITION BY"
    if clause == "INHERITS" or words[:2] in (("partition", "by"), ("partition", "of")):
        raise NotSupportedError(f"{clause} is not supported", hint=INSTEAD[clause], position=lexeme.start + 1)
