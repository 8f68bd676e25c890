"""CREATE, ALTER and DROP TYPE and DOMAIN, read word by word; what they say of types goes to the parser."""

from __future__ import annotations

from vql.errors import NotSupportedError
from vql.language import ast
from vql.language.build.reader import LexemeReader, Parsed, cascades, role
from vql.language.lexer import Lexeme

# `SELECT NULL ::`, behind which a type is read as the grammar has it.
BEFORE_TYPE = (
    Lexeme("word", "select", 0, 0), Lexeme("word", "null", 0, 0), Lexeme("mark", "::", 0, 0),
)  # fmt: skip
AlterType = (
    ast.AddLabel | ast.RenameLabel | ast.RenameType | ast.AlterRowType | ast.AlterTypeOwner
)  # fmt: skip


def read_type(words: LexemeReader, verb: str, kind: str, parsed: Parsed) -> ast.Statement:
    """Return the statement, behind its first two words. Raises 42601, 0A000."""
    match verb:
        case "create":
            return _create_type(words, kind, parsed)
        case "alter":
            return _alter_type(words, kind, parsed)
    return _drop_type(words, kind)


def _create_type(words: LexemeReader, kind: str, parsed: Parsed) -> ast.CreateEnum | ast.CreateRowType:
    start = words.place
    name = words.qualified()
    if kind == "domain":
        raise NotSupportedError(
            "domains are not supported yet",
            hint="Use the type that they are made of, and CHECK constraints.",
        )
    if words.accept("as", "enum"):
        words.take_mark("(")
        labels = [] if words.is_mark(")") else [words.string()]
        while words.accept_mark(","):
            labels.append(words.string())
        words.take_mark(")")
        return ast.CreateEnum(name, tuple(labels), words.span(start))
    if words.accept("as", "range"):
        raise NotSupportedError("CREATE TYPE ... AS RANGE is not supported")
    if not words.is_word("as"):
        raise NotSupportedError("CREATE TYPE of base types is not supported")
    words.take("as")
    words.take_mark("(")
    attributes = [] if words.is_mark(")") else [_attribute(words, parsed)]
    while words.accept_mark(","):
        attributes.append(_attribute(words, parsed))
    words.take_mark(")")
    return ast.CreateRowType(name, tuple(attributes), words.span(start))


def _attribute(words: LexemeReader, parsed: Parsed) -> ast.Attribute:
    return ast.Attribute(words.name(), _type(words, parsed))


def _type(words: LexemeReader, parsed: Parsed) -> ast.TypeName:
    """Return the type that comes next, and pass over COLLATE behind it."""
    query = parsed([*BEFORE_TYPE, *words.until("collate", "cascade", "restrict")])
    assert isinstance(query, ast.Select), "it begins with SELECT"
    found = query.items[0].expression
    if not isinstance(found, ast.Cast) or len(query.items) > 1 or query.items[0].alias:
        raise words.error()
    if words.accept("collate"):
        words.qualified()
    return found.type


def _alter_type(words: LexemeReader, kind: str, parsed: Parsed) -> AlterType:
    name = words.qualified()
    if words.accept("rename", "to"):
        return ast.RenameType(name, words.name())
    if words.accept("owner", "to"):
        return ast.AlterTypeOwner(name, ast.ChangeOwner(role(words)))
    if words.accept("set", "schema"):
        return ast.AlterTypeOwner(name, ast.SetSchema(words.name()))
    if kind == "domain":
        raise NotSupportedError("this form of ALTER DOMAIN is not supported yet")
    if words.accept("add", "value"):
        if_not_exists, label = words.accept("if", "not", "exists"), words.string()
        is_before = words.is_word("before")
        has_neighbour = words.accept("before") or words.accept("after")
        return ast.AddLabel(name, label, if_not_exists, words.string() if has_neighbour else None, is_before)
    if words.accept("rename", "value"):
        label = words.string()
        words.take("to")
        return ast.RenameLabel(name, label, words.string())
    if words.accept("rename", "attribute"):
        attribute = words.name()
        words.take("to")
        renaming = ast.RenameAttribute(attribute, words.name())
        cascades(words)
        return ast.AlterRowType(name, (renaming,))
    actions = [_attribute_action(words, parsed)]
    while words.accept_mark(","):
        actions.append(_attribute_action(words, parsed))
    return ast.AlterRowType(name, tuple(actions))


def _attribute_action(
    words: LexemeReader, parsed: Parsed
) -> ast.Attribute | ast.DropAttribute | ast.RetypeAttribute:
    made: ast.Attribute | ast.DropAttribute | ast.RetypeAttribute
    if words.accept("add", "attribute"):
        made = _attribute(words, parsed)
    elif words.accept("drop", "attribute"):
        if_exists = words.accept("if", "exists")
        made = ast.DropAttribute(words.name(), if_exists)
    elif words.accept("alter", "attribute"):
        name = words.name()
        _ = words.accept("set", "data")
        words.take("type")
        made = ast.RetypeAttribute(name, _type(words, parsed))
    else:
        raise NotSupportedError("this form of ALTER TYPE is not supported yet")
    cascades(words)
    return made


def _drop_type(words: LexemeReader, kind: str) -> ast.DropType:
    if_exists = words.accept("if", "exists")
    names = [words.qualified()]
    while words.accept_mark(","):
        names.append(words.qualified())
    return ast.DropType(tuple(names), if_exists, cascades(words), kind == "domain")
