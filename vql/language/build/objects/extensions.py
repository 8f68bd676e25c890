"""CREATE, ALTER and DROP EXTENSION, read word by word."""

from __future__ import annotations

from vql.errors import NotSupportedError, SyntaxError
from vql.language import ast
from vql.language.build.reader import LexemeReader, cascades


def read_extension(words: LexemeReader, verb: str) -> ast.Statement:
    """Return the statement. Raises 42601, 0A000."""
    match verb:
        case "create":
            return _create(words)
        case "alter":
            return _alter(words)
    if_exists = words.accept("if", "exists")
    return ast.DropExtension(tuple(words.listed(words.name)), if_exists, cascades(words))


def _create(words: LexemeReader) -> ast.CreateExtension:
    if_not_exists = words.accept("if", "not", "exists")
    name = words.name()
    words.accept("with")
    options: dict[str, str] = {}
    while not words.is_end():
        position = words.position
        option = words.any_of("schema", "version", "cascade")
        if option in options:
            raise SyntaxError("conflicting or redundant options", position=position)
        match option:
            case "schema":
                options[option] = words.name()
            case "version":
                options[option] = words.name_or_string()
            case _:
                options[option] = ""  # none of them needs another one
    return ast.CreateExtension(name, options.get("schema", ""), options.get("version", ""), if_not_exists)


def _alter(words: LexemeReader) -> ast.AlterExtension:
    name, position = words.name(), words.position
    if words.accept("set", "schema"):
        return ast.AlterExtension(name, schema=words.name())
    if words.is_word("add", "drop"):
        raise NotSupportedError("ALTER EXTENSION ... ADD and DROP are not supported yet", position=position)
    words.take("update")
    return ast.AlterExtension(name, version=words.name_or_string() if words.accept("to") else "")
