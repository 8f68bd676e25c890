"""Statements about roles and what they may do, read word by word: a role may be called almost anything."""

from __future__ import annotations

from vql.errors import NotSupportedError, ProgrammingError, SyntaxError
from vql.language import ast
from vql.language.ast.roles import CURRENT, SESSION
from vql.language.build.objects.routines import named_routine
from vql.language.build.reader import LexemeReader, Parsed
from vql.language.lexer import Lexeme

ROLES = ("role", "user", "group")
KEYWORDS = {"current_user": CURRENT, "current_role": CURRENT, "session_user": SESSION}
# Options that are on or, behind NO, off.
FLAGS = ("superuser", "createdb", "createrole", "inherit", "login", "replication", "bypassrls")
# Kinds of objects behind ON, in the singular; others are refused by name.
KINDS = ("table", "sequence", "schema", "database", "type", "domain")
OF_ROUTINES = ("function", "procedure", "routine")
REFUSED = ("language", "tablespace", "parameter",
           "foreign", "large")  # fmt: skip


def read_about_roles(lexemes: list[Lexeme], sql: str, parsed: Parsed) -> ast.Statement | None:
    """Return a statement about roles, None where it is none. Raises 42601, 0A000."""
    if lexemes[0].kind != "word":
        return None
    words, first = LexemeReader(lexemes, 1), lexemes[0].value
    made: ast.Statement
    match first:
        case "grant" | "revoke":
            made = _grant(words, parsed, revokes=first == "revoke")
        case "create" | "alter" | "drop" if words.is_word(*ROLES) and not _is_mapping(lexemes):
            kind = words.any_of(*ROLES)
            if first == "create":
                made = _create(words, kind)
            else:
                made = _alter(words, kind) if first == "alter" else _drop(words)
        case "create" if words.accept("policy"):
            made = _create_policy(words, sql)
        case "drop" if words.accept("policy"):
            if_exists, name = words.accept("if", "exists"), words.name()
            words.take("on")
            made = ast.DropPolicy(name, words.qualified(), if_exists)
            _cascades(words)
        case "alter" if words.accept("policy"):
            made = _alter_policy(words, sql)
        case "alter" if words.accept("default", "privileges"):
            made = _default_privileges(words)
        case "reassign" if words.accept("owned", "by"):
            roles = _roles(words)
            words.take("to")
            made = ast.ReassignOwned(roles, named_role(words))
        case "drop" if words.accept("owned", "by"):
            roles = _roles(words)
            made = ast.DropOwned(roles, _cascades(words))
        case "set" | "reset":
            found = _set(words, first, lexemes)
            if found is None:
                return None
            made = found
        case _:
            return None
    words.end()
    return made


def _is_mapping(lexemes: list[Lexeme]) -> bool:
    """Whether it is about a user mapping, of foreign servers."""
    return len(lexemes) > 2 and lexemes[1].value == "user" and lexemes[2].value == "mapping"


def named_role(words: LexemeReader, *, or_public: bool = False) -> ast.RoleName:
    """Return the role that comes next. Raises 42939, 42704."""
    position, quoted = words.position, not words.is_word(*KEYWORDS, "public", "none")
    name = words.name()
    if not quoted and name in KEYWORDS:
        return ast.RoleName(KEYWORDS[name], True)
    if name == "public" and or_public:
        return ast.RoleName("")
    if name == "public":
        raise ProgrammingError('role "public" does not exist', sqlstate="42704", position=position)
    if name == "none":
        raise ProgrammingError('role name "none" is reserved', sqlstate="42939", position=position)
    return ast.RoleName(name)


def _roles(words: LexemeReader, *, or_public: bool = False) -> tuple[ast.RoleName, ...]:
    found: list[ast.RoleName] = []
    while not found or words.accept_mark(","):
        words.accept("group")
        found.append(named_role(words, or_public=or_public))
    return tuple(found)


def _new_name(words: LexemeReader) -> str:
    """Return the name of a role to come. Raises 42939, 42601."""
    position, is_keyword = words.position, words.is_word(*KEYWORDS)
    name = words.name()
    if name in ("public", "none"):
        raise ProgrammingError(f'role name "{name}" is reserved', sqlstate="42939", position=position)
    if is_keyword:
        raise SyntaxError(f"{name.upper()} cannot be used as a role name here", position=position)
    return name


# ------------------------------------------------------------------ CREATE, ALTER, DROP


def _create(words: LexemeReader, kind: str) -> ast.CreateRole:
    name = _new_name(words)
    words.accept("with")
    return ast.CreateRole(name, _options(words, of_new=True), kind == "user")


def _alter(words: LexemeReader, kind: str) -> ast.Statement:
    if kind == "group":
        group = named_role(words)
        if not words.is_word("rename"):
            revokes = words.any_of("add", "drop") == "drop"
            words.take("user")
            return ast.GrantRole((group.name,), _roles(words), revokes=revokes)
    else:
        group = named_role(words)
    if words.accept("rename", "to"):
        return ast.AlterRole(group, new_name=_new_name(words))
    words.accept("with")
    return ast.AlterRole(group, _options(words, of_new=False))


def _drop(words: LexemeReader) -> ast.DropRole:
    if_exists = words.accept("if", "exists")
    return ast.DropRole(_roles(words), if_exists)


def _options(words: LexemeReader, *, of_new: bool) -> tuple[tuple[str, object], ...]:
    """Read the options of a role. Raises 42601 for one that is said twice."""
    found: dict[str, object] = {}
    while not words.is_end():
        position = words.position
        name, value = _option(words, of_new=of_new)
        if name in found:
            raise SyntaxError("conflicting or redundant options", position=position)
        if name:
            found[name] = value
    return tuple(found.items())


def _option(words: LexemeReader, *, of_new: bool) -> tuple[str, object]:
    position = words.position
    encrypted, unencrypted = words.accept("encrypted"), words.accept("unencrypted")
    if unencrypted:
        raise NotSupportedError(
            "UNENCRYPTED PASSWORD is no longer supported", position=position,
            hint="Remove UNENCRYPTED to store the password in encrypted form instead.",
        )  # fmt: skip
    if encrypted or words.is_word("password"):
        words.take("password")
        return "password", None if words.accept("null") else words.string()
    if words.accept("connection", "limit"):
        return "connection_limit", words.number()
    if words.accept("valid", "until"):
        return "valid_until", words.string()
    if words.accept("sysid"):
        words.number()
        return "", None  # as PostgreSQL has it: said, and without meaning
    for flag in FLAGS:
        if words.accept(flag):
            return flag, True
        if words.accept(f"no{flag}"):
            return flag, False
    if of_new:
        if words.accept("in", "role") or words.accept("in", "group"):
            return "groups", _roles(words)
        if words.accept("admin"):
            return "admins", _roles(words)
        if words.accept("role"):
            return "members", _roles(words)
    if words.accept("user"):
        return "members", _roles(words)
    word = words.name() if words.is_word() or not words.is_end() else ""
    raise SyntaxError(f'unrecognized role option "{word}"', position=position)


# ------------------------------------------------------------------ policies


def _create_policy(words: LexemeReader, sql: str) -> ast.CreatePolicy:
    name = words.name()
    words.take("on")
    table = words.qualified()
    is_permissive = not (words.accept("as") and words.any_of("permissive", "restrictive") == "restrictive")
    command = "all"
    if words.accept("for"):
        command = words.any_of("all", "select", "insert", "update", "delete")
    roles = _roles(words, or_public=True) if words.accept("to") else (ast.RoleName(""),)
    using = _in_brackets(words, sql) if words.accept("using") else None
    check = _in_brackets(words, sql) if words.accept("with", "check") else None
    return ast.CreatePolicy(name, table, command, is_permissive, roles, using, check)


def _alter_policy(words: LexemeReader, sql: str) -> ast.AlterPolicy:
    name = words.name()
    words.take("on")
    table = words.qualified()
    if words.accept("rename", "to"):
        return ast.AlterPolicy(name, table, words.name())
    roles = _roles(words, or_public=True) if words.accept("to") else None
    using = _in_brackets(words, sql) if words.accept("using") else None
    check = _in_brackets(words, sql) if words.accept("with", "check") else None
    return ast.AlterPolicy(name, table, None, roles, using, check)


def _in_brackets(words: LexemeReader, sql: str) -> str:
    """Return the text of an expression that stands in brackets."""
    words.take_mark("(")
    found = words.until(inside=True)
    words.take_mark(")")
    return sql[found[0].start : found[-1].end]


# ------------------------------------------------------------------ GRANT, REVOKE


def _grant(words: LexemeReader, parsed: Parsed, *, revokes: bool) -> ast.Statement:
    of_option = None
    if revokes:
        for option in ("grant", "admin", "inherit", "set"):
            if words.accept(option, "option", "for"):
                of_option = option
    named = _rights(words)
    if not words.accept("on"):
        return _grant_role(words, named, of_option, revokes=revokes)
    if of_option not in (None, "grant"):
        raise words.error()
    kind, names, schemas, routines = _objects(words, parsed)
    words.take("from" if revokes else "to")
    roles = _roles(words, or_public=True)
    options = words.accept("with", "grant", "option") if not revokes else of_option == "grant"
    _granted_by(words)
    cascade = revokes and _cascades(words)
    return ast.GrantRights(named, kind, names, roles, schemas, options, revokes, cascade, routines)


def _rights(words: LexemeReader) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Read privileges, each with columns, or names of roles."""
    found: list[tuple[str, tuple[str, ...]]] = []
    while not found or words.accept_mark(","):
        name = words.name()
        if name == "all":
            words.accept("privileges")
        columns = []
        if words.accept_mark("("):
            columns += words.listed(words.name)
            words.take_mark(")")
        found.append((name, tuple(columns)))
    return tuple(found)


def _objects(
    words: LexemeReader, parsed: Parsed
) -> tuple[str, tuple[tuple[str, ...], ...], tuple[str, ...], tuple[ast.RoutineNamed, ...]]:
    """Read what stands behind ON: kind, names, schemas that stand for all in them, functions."""
    if words.is_word(*REFUSED):
        what = words.name().upper()
        raise NotSupportedError(f"GRANT and REVOKE ON {what} are not supported yet")
    if words.accept("all"):
        plural = words.any_of("tables", "sequences", "functions", "procedures", "routines")
        words.take("in", "schema")
        kind = "function" if plural == "routines" else plural[:-1]
        return kind, (), tuple(words.listed(words.name)), ()
    if words.is_word(*OF_ROUTINES):
        kind = words.name()
        routines = words.listed(lambda: named_routine(words, parsed))
        return "procedure" if kind == "procedure" else "function", (), (), tuple(routines)
    kind = next((each for each in KINDS if words.accept(each)), "table")
    names = words.listed(words.qualified)
    return kind, tuple(names), (), ()


def _grant_role(
    words: LexemeReader,
    named: tuple[tuple[str, tuple[str, ...]], ...],
    of_option: str | None,
    *,
    revokes: bool,
) -> ast.GrantRole:
    if any(columns for _, columns in named) or of_option == "grant":
        raise words.error()
    words.take("from" if revokes else "to")
    members = _roles(words)
    options = [] if of_option is None else [(of_option, False)]
    if not revokes and words.accept("with"):
        while not options or words.accept_mark(","):
            name = words.any_of("admin", "inherit", "set")
            if words.accept("option"):
                options.append((name, True))
            else:
                options.append((name, words.any_of("true", "false", "on", "off") in ("true", "on")))
    _granted_by(words)
    groups = tuple(name for name, _ in named)
    return ast.GrantRole(groups, members, tuple(options), revokes, revokes and _cascades(words))


def _granted_by(words: LexemeReader) -> None:
    if words.is_word("granted"):
        raise NotSupportedError("GRANTED BY is not supported yet", position=words.position)


def _default_privileges(words: LexemeReader) -> ast.AlterDefaultPrivileges:
    makers: tuple[ast.RoleName, ...] = ()
    schemas: list[str] = []
    while not words.is_word("grant", "revoke"):
        if words.accept("for", "role") or words.accept("for", "user"):
            makers = _roles(words)
            continue
        words.take("in", "schema")
        schemas += words.listed(words.name)
    revokes = words.any_of("grant", "revoke") == "revoke"
    options = revokes and words.accept("grant", "option", "for")
    rights = _rights(words)
    words.take("on")
    plural = words.any_of("tables", "sequences", "schemas", "functions", "routines", "types", "large")
    if plural == "large":
        raise NotSupportedError("ALTER DEFAULT PRIVILEGES ON LARGE OBJECTS is not supported yet")
    words.take("from" if revokes else "to")
    roles = _roles(words, or_public=True)
    options = words.accept("with", "grant", "option") if not revokes else options
    cascade = revokes and _cascades(words)
    kind = "function" if plural == "routines" else plural[:-1]
    grant = ast.GrantRights(rights, kind, (), roles, (), options, revokes, cascade)
    return ast.AlterDefaultPrivileges(grant, makers, tuple(schemas))


def _cascades(words: LexemeReader) -> bool:
    return words.accept("cascade") or (words.accept("restrict") and False)


# ------------------------------------------------------------------ SET ROLE


def _set(words: LexemeReader, verb: str, lexemes: list[Lexeme]) -> ast.Set | None:
    """Read SET ROLE, SET SESSION AUTHORIZATION and their RESET; None of other settings."""
    local = verb == "set" and words.accept("local")
    start = words.place
    name = "session_authorization" if words.accept("session", "authorization") else ""
    if not name and verb == "set":
        words.accept("session")
        name = "session_authorization" if words.accept("session", "authorization") else ""
    if not name and words.accept("role"):
        name = "role"
    if not name or words.is_mark("=") or words.is_word("to"):
        words.place = start
        return None
    span = (lexemes[0].start, lexemes[-1].end)
    if verb == "reset":
        return ast.Set(name, None, span=span, is_reset=True)
    if words.is_word("default", "none") and (name == "role") == words.is_word("none"):
        words.name()
        return ast.Set(name, None, local, span)
    value = words.string() if not words.is_end() and lexemes[words.place].kind == "string" else words.name()
    return ast.Set(name, value, local, span)
