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


# What may stand behind a domain's type and its default.
RULES = ("constraint", "not", "null", "check", "default", "collate")
AlterType = (
    ast.AddLabel | ast.RenameLabel | ast.RenameType | ast.AlterRowType | ast.AlterTypeOwner | ast.AlterDomain
)


def read_type(words: LexemeReader, verb: str, kind: str, parsed: Parsed, sql: str) -> ast.Statement:
    """Return the statement, behind its first two words. Raises 42601, 0A000."""
    match verb, kind:
        case "create", "domain":
            return _create_domain(words, parsed, sql)
        case "create", _:
            return _create_type(words, parsed)
        case "alter", _:
            return _alter_type(words, kind, parsed, sql)
    return _drop_type(words, kind)


def _create_domain(words: LexemeReader, parsed: Parsed, sql: str) -> ast.CreateDomain:
    start = words.place
    name = words.qualified()
    span = words.span(start)
    _ = words.accept("as")
    type_ = type_within(words, parsed, *RULES)
    default, rules = None, list[ast.DomainRule]()
    while not words.is_end():
        if words.accept("default"):
            default = _text(words.rest("constraint", "not", "check"), sql)
        elif not words.accept("null"):
            rules.append(_rule(words, sql))
    return ast.CreateDomain(name, type_, default, tuple(rules), span)


def _rule(words: LexemeReader, sql: str) -> ast.DomainRule:
    name = words.name() if words.accept("constraint") else ""
    if words.accept("not", "null"):
        return ast.DomainRule(name)
    words.take("check")
    words.take_mark("(")
    condition = words.until(inside=True)
    words.take_mark(")")
    is_validated = not words.accept("not", "valid")
    return ast.DomainRule(name, _text(condition, sql), is_validated)


def _text(lexemes: list[Lexeme], sql: str) -> str:
    return sql[lexemes[0].start : lexemes[-1].end]


def _domain_action(
    words: LexemeReader, sql: str
) -> ast.DomainRule | ast.DomainDefault | ast.DropDomainRule | ast.ChangeDomainRule:
    if words.accept("set", "default"):
        return ast.DomainDefault(_text(words.rest(), sql))
    if words.accept("drop", "default"):
        return ast.DomainDefault(None)
    if words.accept("set", "not", "null"):
        return ast.DomainRule()
    if words.accept("drop", "not", "null"):
        return ast.DropDomainRule()
    if words.accept("add"):
        return _rule(words, sql)
    if words.accept("drop", "constraint"):
        if_exists = words.accept("if", "exists")
        dropped = ast.DropDomainRule(words.name(), if_exists)
        cascades(words)
        return dropped
    if words.accept("rename", "constraint"):
        name = words.name()
        words.take("to")
        return ast.ChangeDomainRule(name, words.name())
    words.take("validate", "constraint")
    return ast.ChangeDomainRule(words.name())


def _create_type(words: LexemeReader, parsed: Parsed) -> ast.CreateEnum | ast.CreateRange | ast.CreateRowType:
    start = words.place
    name = words.qualified()
    if words.accept("as", "enum"):
        words.take_mark("(")
        labels = [] if words.is_mark(")") else [words.string()]
        while words.accept_mark(","):
            labels.append(words.string())
        words.take_mark(")")
        return ast.CreateEnum(name, tuple(labels), words.span(start))
    if words.accept("as", "range"):
        words.take_mark("(")
        options = [_range_option(words, parsed)]
        while words.accept_mark(","):
            options.append(_range_option(words, parsed))
        words.take_mark(")")
        return ast.CreateRange(name, tuple(options), words.span(start))
    if not words.is_word("as"):
        raise NotSupportedError("CREATE TYPE of base types is not supported")
    words.take("as")
    words.take_mark("(")
    attributes = [] if words.is_mark(")") else [_attribute(words, parsed)]
    while words.accept_mark(","):
        attributes.append(_attribute(words, parsed))
    words.take_mark(")")
    return ast.CreateRowType(name, tuple(attributes), words.span(start))


def _range_option(words: LexemeReader, parsed: Parsed) -> tuple[str, ast.TypeName | tuple[str, ...]]:
    option = words.name()
    words.take_mark("=")
    return option, type_within(words, parsed) if option == "subtype" else words.qualified()


def _attribute(words: LexemeReader, parsed: Parsed) -> ast.Attribute:
    return ast.Attribute(words.name(), type_within(words, parsed))


def type_within(words: LexemeReader, parsed: Parsed, *behind: str) -> ast.TypeName:
    """Return the type that comes next, and pass over COLLATE behind it."""
    query = parsed([*BEFORE_TYPE, *words.until("collate", "cascade", "restrict", *behind)])
    assert isinstance(query, ast.Select), "it begins with SELECT"
    found = query.items[0].expression
    if not isinstance(found, ast.Cast) or len(query.items) > 1 or query.items[0].alias:
        raise words.error()
    if words.accept("collate"):
        words.qualified()
    return found.type


def _alter_type(words: LexemeReader, kind: str, parsed: Parsed, sql: str) -> AlterType:
    name, is_domain = words.qualified(), kind == "domain"
    if words.accept("rename", "to"):
        return ast.RenameType(name, words.name(), is_domain)
    if words.accept("owner", "to"):
        return ast.AlterTypeOwner(name, ast.ChangeOwner(role(words)), is_domain)
    if words.accept("set", "schema"):
        return ast.AlterTypeOwner(name, ast.SetSchema(words.name()), is_domain)
    if is_domain:
        return ast.AlterDomain(name, _domain_action(words, sql))
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
        made = ast.RetypeAttribute(name, type_within(words, parsed))
    else:
        raise NotSupportedError("this form of ALTER TYPE is not supported yet")
    cascades(words)
    return made


def _drop_type(words: LexemeReader, kind: str) -> ast.DropType:
    if_exists = words.accept("if", "exists")
    names = words.listed(words.qualified)
    return ast.DropType(tuple(names), if_exists, cascades(words), kind == "domain")
