"""CREATE, ALTER and DROP SEQUENCE, and the options of sequences wherever they stand, read word by word."""

from __future__ import annotations

from vql.errors import NotSupportedError, SyntaxError
from vql.language import ast
from vql.language.build.reader import LexemeReader, cascades, role

OPTIONS = ("as", "increment", "minvalue", "maxvalue", "start", "cache", "cycle", "owned", "restart")
REFUSABLE = ("minvalue", "maxvalue", "cycle")
# The sequence of an identity column may be named, as pg_dump does.
OF_IDENTITIES = (*OPTIONS, "sequence")

Option = int | str | bool | tuple[str, ...] | None


def read_create_sequence(words: LexemeReader) -> ast.CreateSequence:
    """Read what comes behind CREATE SEQUENCE. Raises 42601."""
    if_not_exists = words.accept("if", "not", "exists")
    start = words.place
    name = words.qualified()
    span = words.span(start)
    return ast.CreateSequence(name, *_options(words), if_not_exists, span=span)


def read_alter_sequence(words: LexemeReader) -> ast.AlterSequence:
    """Read what comes behind ALTER SEQUENCE. Raises 42601, 0A000."""
    if_exists = words.accept("if", "exists")
    name = words.qualified()
    if words.accept("rename", "to"):
        return ast.AlterSequence(name, if_exists=if_exists, action=ast.Rename(words.name()))
    if words.accept("set", "schema"):
        return ast.AlterSequence(name, if_exists=if_exists, action=ast.SetSchema(words.name()))
    if words.accept("owner", "to"):
        return ast.AlterSequence(name, if_exists=if_exists, action=ast.ChangeOwner(role(words)))
    if words.is_word("set"):
        raise NotSupportedError("ALTER SEQUENCE ... SET is not supported yet", position=words.position)
    return ast.AlterSequence(name, *_options(words), if_exists)


def read_drop_sequences(words: LexemeReader) -> ast.DropSequence:
    """Read what comes behind DROP SEQUENCE. Raises 42601."""
    if_exists = words.accept("if", "exists")
    names = words.listed(words.qualified)
    return ast.DropSequence(tuple(names), if_exists, cascades(words))


def identity_options(words: LexemeReader) -> ast.SequenceOptions:
    """Read the options of an identity column's sequence, without the brackets. Raises 42601."""
    found: dict[str, Option] = {}
    while not words.is_end() and not words.is_mark(")"):
        sequence_option(words, found, OF_IDENTITIES)
    if "as" in found or "owned" in found:
        raise _redundant(words)
    return tuple(found.items())


def sequence_option(words: LexemeReader, found: dict[str, Option], known: tuple[str, ...]) -> None:
    """Read one option into those `found`. Raises 42601 for one that comes twice."""
    place = words.place
    is_refused = words.accept("no")
    word = words.any_of(*(REFUSABLE if is_refused else known))
    if word in found:
        words.place = place
        raise _redundant(words)
    found[word] = _value(words, word, is_refused)


def _redundant(words: LexemeReader) -> SyntaxError:
    return SyntaxError("conflicting or redundant options", position=words.position)


def _options(words: LexemeReader) -> tuple[ast.SequenceOptions, tuple[str, ...] | None]:
    """Read the options of a sequence, and the column that owns it."""
    found: dict[str, Option] = {}
    while not words.is_end():
        sequence_option(words, found, OPTIONS)
    owner = found.pop("owned", None)
    assert owner is None or isinstance(owner, tuple)
    return tuple(found.items()), owner


def _value(words: LexemeReader, word: str, is_refused: bool) -> Option:
    if word == "cycle":
        return not is_refused
    if is_refused:
        return None
    if word == "as":
        return words.name()
    if word == "owned":
        words.take("by")
        return words.qualified()
    if word == "sequence":
        words.take("name")
        return words.qualified()
    is_said = words.accept("by") if word == "increment" else words.accept("with")
    if word == "restart" and not is_said and not words.number_next():
        return None
    return words.number()
