"""CREATE, ALTER and DROP FUNCTION, read word by word; types, and what a function is, go to the parser."""

from __future__ import annotations

from vql.errors import InvalidFunctionDefinition, NotSupportedError, SyntaxError, UndefinedObject
from vql.language import ast
from vql.language.build.reader import LexemeReader, Parsed, cascades, role
from vql.language.build.types import type_within

MODES = ("in", "out", "inout", "variadic")
# What may stand behind a function's name and its result.
OPTIONS = (
    "language", "immutable", "stable", "volatile", "strict", "called", "returns", "security", "external",
    "parallel", "cost", "rows", "support", "set", "as", "return", "begin", "not", "leakproof", "window",
    "transform",
)  # fmt: skip
FLAGS: dict[tuple[str, ...], tuple[str, object]] = {
    ("immutable",): ("volatility", "i"), ("stable",): ("volatility", "s"), ("volatile",): ("volatility", "v"),
    ("strict",): ("is_strict", True), ("returns", "null", "on", "null", "input"): ("is_strict", True),
    ("called", "on", "null", "input"): ("is_strict", False),
    ("parallel", "safe"): ("parallel", "s"), ("parallel", "unsafe"): ("parallel", "u"),
    ("parallel", "restricted"): ("parallel", "r"),
    ("security", "invoker"): ("", None), ("external", "security", "invoker"): ("", None),
    ("not", "leakproof"): ("", None),
}  # fmt: skip
# Languages that PostgreSQL has at hand.
OTHER_LANGUAGES = ("plpgsql", "c", "internal", "plpython3u", "plperl", "plperlu", "pltcl", "pltclu", "plv8")
INSTEAD = "Write it as one SELECT in LANGUAGE sql, or compute it in the program."


def read_routine(words: LexemeReader, verb: str, or_replace: bool, parsed: Parsed, sql: str) -> ast.Statement:
    """Return the statement, behind its first two words. Raises 42601, 42P13, 42704, 0A000."""
    if verb == "create":
        return _create(words, or_replace, parsed, sql)
    if verb == "drop":
        if_exists = words.accept("if", "exists")
        routines = words.listed(lambda: named_routine(words, parsed))
        return ast.DropRoutines(tuple(routines), if_exists, cascades(words))
    routine = named_routine(words, parsed)
    if words.accept("rename", "to"):
        return ast.AlterRoutine(routine, ast.Rename(words.name()))
    if words.accept("set", "schema"):
        return ast.AlterRoutine(routine, ast.SetSchema(words.name()))
    if words.accept("owner", "to"):
        return ast.AlterRoutine(routine, ast.ChangeOwner(role(words)))
    options = []
    while not words.is_end() and not words.accept("restrict"):
        options.append(_option(words))
    return ast.AlterRoutine(routine, None, tuple(option for option in options if option[0]))


def named_routine(words: LexemeReader, parsed: Parsed) -> ast.RoutineNamed:
    """Return the function that is named here, with the types of its arguments where they are said."""
    name = words.qualified()
    if not words.is_mark("("):
        return ast.RoutineNamed(name)
    given = _arguments(words, parsed, "")
    return ast.RoutineNamed(name, tuple(each.type for each in given if each.mode in ("in", "inout")))


def _create(words: LexemeReader, or_replace: bool, parsed: Parsed, sql: str) -> ast.CreateRoutine:
    start = words.place
    name = words.qualified()
    span = words.span(start)
    arguments = _arguments(words, parsed, sql)
    returns: ast.TypeName | None = None
    gives_rows = False
    if words.accept("returns", "table"):
        gives_rows = True
        words.take_mark("(")
        columns = words.listed(lambda: (words.name(), type_within(words, parsed)))
        words.take_mark(")")
        arguments = (*arguments, *(ast.ArgumentWritten("table", *column) for column in columns))
    elif words.accept("returns"):
        gives_rows = words.accept("setof")
        returns = type_within(words, parsed, *OPTIONS)
    options: dict[str, object] = {}
    text, language, is_expression = None, "", False
    while not words.is_end():
        position = words.position
        if words.accept("language"):
            language = words.name_or_string().lower()
            _check_language(language, position)
        elif words.accept("as"):
            text = words.string()
            if words.is_mark(","):
                raise InvalidFunctionDefinition('only one AS item needed for language "sql"')
        elif words.accept("return"):
            rest = words.rest()
            text, is_expression = sql[rest[0].start : rest[-1].end], True
        elif words.is_word("begin"):
            hint = "Write its SELECT behind AS $$ ... $$, or RETURN and an expression."
            raise NotSupportedError("BEGIN ATOMIC is not supported yet", hint=hint, position=position)
        else:
            option, value = _option(words)
            options |= {option: value} if option else {}
    if text is None:
        raise InvalidFunctionDefinition("no function body specified")
    if not language and not is_expression:
        raise InvalidFunctionDefinition("no language specified")
    return ast.CreateRoutine(
        name, arguments, returns, gives_rows, text, is_expression, tuple(options.items()), or_replace, span
    )


def _check_language(language: str, position: int) -> None:
    if language in OTHER_LANGUAGES:
        raise NotSupportedError(
            f'functions in language "{language}" are not supported', hint=INSTEAD, position=position
        )
    if language != "sql":
        raise UndefinedObject(f'language "{language}" does not exist')


def _option(words: LexemeReader) -> tuple[str, object]:
    """Read what is said of a function; "" of what it is anyway."""
    for said, option in FLAGS.items():
        if words.accept(*said):
            return option
    for number in ("cost", "rows"):
        if words.accept(number):
            value = words.number()
            if value <= 0:
                raise InvalidFunctionDefinition(f"{number.upper()} must be positive", sqlstate="22023")
            return number, float(value)
    if words.is_word("security", "external", "leakproof", "window", "support", "set", "transform", "reset"):
        position, what = words.position, words.name().upper()
        raise NotSupportedError(f"functions with {what} are not supported yet", position=position)
    raise words.error()


def _arguments(words: LexemeReader, parsed: Parsed, sql: str) -> tuple[ast.ArgumentWritten, ...]:
    words.take_mark("(")
    found = () if words.is_mark(")") else tuple(words.listed(lambda: _argument(words, parsed, sql)))
    words.take_mark(")")
    return found


def _argument(words: LexemeReader, parsed: Parsed, sql: str) -> ast.ArgumentWritten:
    """Read `[mode] [name] type [DEFAULT value]`: a name stands there where the rest is no type by itself."""
    position = words.position
    mode = words.any_of(*MODES) if words.is_word(*MODES) else "in"
    if mode == "variadic":
        raise NotSupportedError("VARIADIC arguments are not supported yet", position=position)
    start = words.place
    type_end, default = _until_default(words)
    within = words.between(start, type_end)
    try:
        name, type_ = "", type_within(within, parsed)
    except SyntaxError:
        within.place = start
        name, type_ = within.name(), type_within(within, parsed)
    return ast.ArgumentWritten(mode, name, type_, None if default is None else sql[slice(*default)])


def _until_default(words: LexemeReader) -> tuple[int, tuple[int, int] | None]:
    """Pass over an argument; returns before which lexeme its type ends, and the span of its default."""
    start = words.place
    lexemes = words.until("default")
    ends = next((start + i for i, each in enumerate(lexemes) if each.value == "="), words.place)
    if ends < words.place:
        return ends, words.span(ends + 1)
    if not words.accept("default"):
        return ends, None
    at = words.place
    words.until()
    return ends, words.span(at)
