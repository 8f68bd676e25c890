"""ALTER TABLE and ALTER INDEX, read word by word: a column may be called type, data or owner. Definitions of
columns, expressions and options go to the parser, each within a statement that the grammar has it in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from vql.errors import InvalidParameterValue, NotSupportedError, SyntaxError
from vql.language import ast
from vql.language.build.objects.sequences import OPTIONS, Option, identity_options, sequence_option
from vql.language.build.reader import LexemeReader, cascades
from vql.language.build.storage_clauses import require_method, require_tablespace
from vql.language.lexer import Lexeme

ALONE = ast.Rename | ast.RenameColumn | ast.RenameConstraint | ast.SetSchema
# Parses the lexemes of a statement.
Parsed = Callable[[list[Lexeme]], ast.Statement]
CONSTRAINTS = ("constraint", "primary", "unique", "check", "foreign", "exclude", "not")
# What a column definition may say behind its type, a change of type but COLLATE may not.
RULES = ("constraint", "primary", "unique", "check", "not", "null", "default", "references", "generated")
STORAGES = ("plain", "external", "extended", "main", "default")
ROW_SECURITY = {
    "enable": ast.SetRowSecurity(is_enabled=True), "disable": ast.SetRowSecurity(is_enabled=False),
    "no force": ast.SetRowSecurity(is_forced=False), "force": ast.SetRowSecurity(is_forced=True),
}  # fmt: skip
# What actions of PostgreSQL begin with that are not there.
REFUSED = (
    "enable", "disable", "force", "no", "inherit", "of", "not", "replica", "cluster", "attach",
    "detach", "merge", "split",
)  # fmt: skip


def read_alter(lexemes: list[Lexeme], sql: str, parsed: Parsed) -> ast.AlterTable | ast.AlterIndex:
    """Return the statement that begins with ALTER. Raises 42601, 0A000."""
    words = LexemeReader(lexemes)
    words.take("alter")
    if not words.is_word("table", "index"):
        raise _unsupported(f"ALTER {words.name().upper()}", lexemes[0])
    is_table = words.any_of("table", "index") == "table"
    if words.is_word("all"):
        raise _unsupported(f"ALTER {'TABLE' if is_table else 'INDEX'} ALL", lexemes[0])
    if_exists = words.accept("if", "exists")
    is_bracketed = words.accept("only") and words.accept_mark("(")
    start = words.place
    name = words.qualified()
    span = (lexemes[start].start, lexemes[words.place - 1].end)
    if is_bracketed:
        words.take_mark(")")
    else:
        words.accept_mark("*")
    if not is_table:
        return _of_index(ast.AlterIndex(name, if_exists=if_exists), words, lexemes, parsed)
    runs = _runs(words, lexemes)
    actions: list[ast.Alteration] = []
    for start, end in runs:
        actions.append(_Action(lexemes, start, end, sql, parsed).read())
        if len(runs) > 1 and isinstance(actions[-1], ALONE):
            raise LexemeReader(lexemes, start if len(actions) > 1 else end).error()
    return ast.AlterTable(name, tuple(actions), if_exists, span)


def _of_index(
    made: ast.AlterIndex, words: LexemeReader, lexemes: list[Lexeme], parsed: Parsed
) -> ast.AlterIndex:
    """Read what an ALTER INDEX does."""
    if words.accept("rename"):
        words.take("to")
        made = replace(made, new_name=words.name())
    elif words.accept("reset"):
        made = replace(made, removed=_names(words))
    elif words.accept("set", "tablespace"):
        require_tablespace(words.name())
    elif words.accept("set") and words.is_mark("("):
        opening = [Lexeme("word", word, 0, 0) for word in ("create", "table", "t", "with")]
        table = parsed([*opening, *words.rest()])
        assert isinstance(table, ast.CreateTable), "it is one"
        made = replace(made, options=table.options)
    else:
        raise _unsupported("ALTER INDEX ... other than RENAME TO, SET and RESET", lexemes[0])
    words.end()
    return made


def _names(words: LexemeReader) -> tuple[str, ...]:
    """Read names in brackets."""
    words.take_mark("(")
    names = words.listed(words.name)
    words.take_mark(")")
    return tuple(names)


def _runs(words: LexemeReader, lexemes: list[Lexeme]) -> list[tuple[int, int]]:
    """Return where each of the actions begins and ends: they are divided by commas outside brackets."""
    cuts, depth = [words.place - 1], 0
    for place in range(words.place, len(lexemes)):
        kind, value = lexemes[place].kind, lexemes[place].value
        if kind == "mark":
            depth += (value in "([") - (value in ")]")
            if value == "," and not depth:
                cuts.append(place)
    return [(start + 1, end) for start, end in zip(cuts, [*cuts[1:], len(lexemes)], strict=True)]


def _unsupported(feature: str, lexeme: Lexeme) -> NotSupportedError:
    return NotSupportedError(f"{feature} is not supported yet", position=lexeme.start + 1)


class _Action:
    """One action of ALTER TABLE."""

    def __init__(self, lexemes: list[Lexeme], start: int, end: int, sql: str, parsed: Parsed) -> None:
        self._lexemes = lexemes
        self._words = LexemeReader(lexemes, start, end)
        self._first = lexemes[min(start, len(lexemes) - 1)]
        # What is put around a part to parse it stands nowhere; its end stands where the part ends.
        after = lexemes[end] if end < len(lexemes) else None
        self._after = (after.start, after.end) if after is not None else (len(sql.rstrip()),) * 2
        self._sql = sql
        self._parsed = parsed

    def read(self) -> ast.Alteration:
        """Return the action."""
        words = self._words
        for verb, made_of in ROW_SECURITY.items():
            if words.accept(*verb.split(), "row", "level", "security"):
                words.end()
                return made_of
        if words.is_word(*REFUSED):
            raise _unsupported(f"ALTER TABLE ... {words.name().upper()}", self._first)
        match words.any_of("add", "drop", "alter", "rename", "set", "reset", "owner", "validate"):
            case "add":
                return self._add()
            case "drop":
                made: ast.Alteration = self._drop()
            case "alter":
                made = self._alter()
            case "rename":
                made = self._rename()
            case "set":
                made = self._set()
            case "validate":
                words.take("constraint")
                made = ast.ValidateConstraint(words.name())
            case "reset":
                made = ast.AlterOptions(removed=_names(words))
            case _:
                words.take("to")
                words.accept("group")
                mine = words.is_word("current_user", "session_user", "current_role")
                role = words.name()
                made = ast.ChangeOwner("" if mine else role)
        words.end()
        return made

    def _add(self) -> ast.Alteration:
        words = self._words
        if words.is_word(*CONSTRAINTS):
            return self._add_constraint()
        words.accept("column")
        if_not_exists = words.accept("if", "not", "exists")
        return ast.AddColumn(self._definition(words.rest()), if_not_exists)

    def _add_constraint(self) -> ast.AddConstraint:
        words = self._words
        place = words.place + (2 if words.is_word("constraint") else 0)
        if place >= len(self._lexemes):
            raise SyntaxError("syntax error at end of input", position=self._lexemes[-1].end + 1)
        first = self._lexemes[place]
        if first.value in ("exclude", "not"):
            raise _unsupported(f"ALTER TABLE ... ADD {first.value.upper()}", self._first)
        if any(lexeme.value == "using" for lexeme in self._lexemes[words.place : words.place + 6]):
            raise _unsupported(f"ALTER TABLE ... ADD {first.value.upper()} USING INDEX", self._first)
        made = self._within("create table t (", words.rest(), ")")
        if not made.constraints:  # PRIMARY KEYS is a column
            second = self._lexemes[place + 1]
            raise SyntaxError(f'syntax error at or near "{second.value}"', position=second.start + 1)
        return ast.AddConstraint(made.constraints[0])

    def _drop(self) -> ast.Alteration:
        words = self._words
        is_constraint = words.accept("constraint")
        if not is_constraint:
            words.accept("column")
        if_exists = words.accept("if", "exists")
        name = words.name()
        kind = ast.DropConstraint if is_constraint else ast.DropColumn
        return kind(name, if_exists, cascades(words))

    def _rename(self) -> ast.Alteration:
        words = self._words
        if words.accept("to"):
            return ast.Rename(words.name())
        is_constraint = words.accept("constraint")
        if not is_constraint:
            words.accept("column")
        name = words.name()
        words.take("to")
        return (ast.RenameConstraint if is_constraint else ast.RenameColumn)(name, words.name())

    def _set(self) -> ast.Alteration:
        words = self._words
        if words.accept("schema"):
            return ast.SetSchema(words.name())
        if words.is_mark("("):
            made = self._within("create table t with", words.rest(), "")
            return ast.AlterOptions(made.options)
        if words.accept("tablespace"):
            require_tablespace(words.name())
            return ast.AlterOptions()
        if words.accept("access", "method"):
            require_method(words.name())
            return ast.AlterOptions()
        if words.is_word("logged", "unlogged"):
            return ast.SetLogged(words.name() == "logged")
        if words.is_word("access", "without"):
            raise _unsupported(f"ALTER TABLE ... SET {words.name().upper()}", self._first)
        raise words.error()

    def _alter(self) -> ast.Alteration:
        words = self._words
        if words.is_word("constraint"):
            raise _unsupported("ALTER TABLE ... ALTER CONSTRAINT", self._first)
        words.accept("column")
        start = words.place
        name = words.name()
        if words.accept("type") or words.accept("set", "data", "type"):
            return self._type(self._lexemes[start])
        match words.any_of("set", "drop", "add", "restart", "reset"):
            case "add":
                words.take("generated")
                return self._generated(name)
            case "drop":
                return self._without(name)
            case "reset":
                raise _unsupported("ALTER TABLE ... ALTER COLUMN ... RESET", self._first)
            case "restart":
                words.place -= 1
                return self._identity(name)
        return self._with(name)

    def _type(self, name: Lexeme) -> ast.AlterType:
        words = self._words
        type_ = words.rest("using")
        definition = self._definition([name, *type_])
        rule = next((lexeme for lexeme in type_ if lexeme.kind == "word" and lexeme.value in RULES), None)
        if rule is not None:
            raise SyntaxError(f'syntax error at or near "{rule.value}"', position=rule.start + 1)
        using = self._expression(words.rest()) if words.accept("using") else None
        return ast.AlterType(definition, using)

    def _with(self, name: str) -> ast.Alteration:
        """Read what comes behind ALTER c SET."""
        words = self._words
        if words.accept("not", "null"):
            return ast.AlterNotNull(name, True)
        if words.accept("default"):
            found = words.rest()
            text = self._sql[found[0].start : found[-1].end]
            return ast.AlterDefault(name, self._expression(found), text)
        if words.is_word("generated", *OPTIONS, "no"):
            words.place -= 1
            return self._identity(name)
        if words.accept("storage"):
            storage = words.name()
            if storage not in STORAGES:
                raise InvalidParameterValue(f'invalid storage type "{storage}"')
            return ast.SetColumnOption(name)
        if words.is_word("statistics", "compression"):
            words.rest()
            return ast.SetColumnOption(name)
        if words.is_mark("(") or words.is_word("expression"):
            raise _unsupported("ALTER TABLE ... ALTER COLUMN ... SET EXPRESSION", self._first)
        raise words.error()

    def _without(self, name: str) -> ast.Alteration:
        """Read what comes behind ALTER c DROP."""
        words = self._words
        if words.accept("not", "null"):
            return ast.AlterNotNull(name, False)
        if words.accept("default"):
            return ast.AlterDefault(name)
        if words.accept("expression"):
            return ast.DropExpression(name, words.accept("if", "exists"))
        words.take("identity")
        return ast.DropIdentity(name, words.accept("if", "exists"))

    def _generated(self, name: str) -> ast.AddIdentity:
        """Read what comes behind ADD GENERATED."""
        words = self._words
        identity = self._generation()
        words.take("as", "identity")
        if not words.accept_mark("("):
            return ast.AddIdentity(name, identity)
        options = identity_options(words)
        words.take_mark(")")
        return ast.AddIdentity(name, identity, options)

    def _generation(self) -> str:
        words = self._words
        if words.accept("always"):
            return "always"
        words.take("by", "default")
        return "by default"

    def _identity(self, name: str) -> ast.AlterIdentity:
        """Read SET GENERATED, SET of options of the sequence, and RESTART."""
        words, identity, options = self._words, "", dict[str, Option]()
        while not words.is_end():
            is_set = words.accept("set")
            if is_set and words.accept("generated"):
                if identity:
                    raise SyntaxError("conflicting or redundant options", position=words.position)
                identity = self._generation()
            else:
                sequence_option(words, options, OPTIONS if is_set else ("restart",))
        return ast.AlterIdentity(name, identity, tuple(options.items()))

    # -------------------------------------------------------------- parts for the parser

    def _definition(self, lexemes: list[Lexeme]) -> ast.ColumnDefinition:
        made = self._within("create table t (", lexemes, ")")
        if not made.columns:
            raise SyntaxError(f'syntax error at or near "{lexemes[0].value}"', position=lexemes[0].start + 1)
        found: ast.ColumnDefinition = made.columns[0]
        return found

    def _expression(self, lexemes: list[Lexeme]) -> ast.Expression:
        select = self._within("select (", lexemes, ")")
        found: ast.Expression = select.items[0].expression
        return found

    def _within(self, before: str, lexemes: list[Lexeme], after: str) -> Any:
        """Parse a part within a statement."""
        opening = [Lexeme("mark" if word == "(" else "word", word, 0, 0) for word in before.split()]
        closing = [Lexeme("mark", mark, *self._after) for mark in after]
        return self._parsed([*opening, *lexemes, *closing])
