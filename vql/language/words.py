"""What programs that read SQL from people need to know of the language, without running it.

Where a statement ends, which words the grammar has, and where the words of an unfinished text
stand, for highlighting and completion. The shell reads the language through this module alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from vql.errors import SyntaxError
from vql.language.bind.scalars import DISTANCE_FUNCTIONS
from vql.language.lexer import PATTERN
from vql.language.parser import is_complete, split
from vql.language.sequences import SEQUENCES_TEXT
from vql.language.terminals import RESERVED, TYPED_WORDS
from vql.settings.known import SETTINGS
from vql.types.opclasses import OPCLASSES
from vql.types.type import storable_names

# Words of statements that are neither reserved nor part of a fixed sequence.
STATEMENT_WORDS = """
    add alter analyze begin cascade column commit copy do end explain release reset restrict returning
    rollback savepoint reindex rename set show to truncate type update using vacuum verbose local key owner
    recall effort retention undrop restore clone versions ttl ttl_column
""".split()
# What the numpy evaluator and the relational bridge answer, as people call them most.
FUNCTIONS = """
    abs avg ceil coalesce count extract floor greatest least length lower max min now nullif power
    replace round sqrt string_agg substring sum trim upper row_number rank date_trunc
    inner_product vector_dims l2_norm l2_normalize
""".split()

__all__ = ["functions", "is_complete", "keywords", "pieces", "settings", "split", "type_names"]


def keywords() -> frozenset[str]:
    """Return the words of the grammar, in lower case."""
    words = {word for line in SEQUENCES_TEXT.split() for word in line.split("|")}
    return frozenset(words | RESERVED | set(STATEMENT_WORDS))


def functions() -> tuple[str, ...]:
    """Return function names worth completing, distances first."""
    return (*DISTANCE_FUNCTIONS, *(name for name in FUNCTIONS if name not in DISTANCE_FUNCTIONS))


def type_names() -> frozenset[str]:
    """Return the names of types a column may have, aliases and operator classes."""
    return frozenset((*storable_names(), *OPCLASSES))


def settings() -> dict[str, tuple[str, ...]]:
    """Return the settings that can be set, each with the words it may have."""
    return {name: setting.choices for name, setting in SETTINGS.items() if setting.is_of_sessions}


def pieces(text: str) -> Iterator[tuple[str, str]]:
    """Split any text, finished or not, into (kind, text): word, string, number, comment, space,
    other. Joined again they are the text."""
    position = 0
    names = keywords() | TYPED_WORDS
    while position < len(text):
        match = PATTERN.match(text, position)
        if match is None:
            # An open quote runs to the end, any other stray character stands alone.
            end = len(text) if text[position] in "'\"" else position + 1
            yield ("string" if text[position] == "'" else "other"), text[position:end]
            position = end
            continue
        kind, end = match.lastgroup or "other", match.end()
        if kind == "comment":
            end = _comment_end(text, position)
        elif kind == "operator" and match.group().startswith("--"):
            kind, end = "comment", len(text) if text.find("\n", position) < 0 else text.find("\n", position)
        elif kind == "space" and match.group().startswith("--"):
            kind = "comment"
        elif kind in ("dollar", "tag"):
            close = text.find(match.group(), end)
            kind, end = "string", len(text) if close < 0 else close + len(match.group())
        elif kind == "word":
            kind = "keyword" if match.group().lower() in names else "name"
        yield kind, text[position:end]
        position = end


def _comment_end(text: str, start: int) -> int:
    close = text.find("*/", start)
    return len(text) if close < 0 else close + 2


def statements(text: str) -> list[str]:
    """Return the statements of a script, without the space around them. A text that cannot be cut,
    as one with an open quote, is one statement, whose error points at the place."""
    try:
        return [piece.strip() for piece in split(text)]
    except SyntaxError:
        return [text.strip()]
