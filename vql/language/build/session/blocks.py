"""DO: a block of PL/pgSQL without variables and loops (manual, chapter 43), read from words.

Statements of SQL are kept as texts, and parsed when they run: they may need what those before them have made.
"""

from __future__ import annotations

from vql.errors import NotSupportedError, SyntaxError, UndefinedObject
from vql.language import ast
from vql.language.build.reader import LexemeReader
from vql.language.lexer import Lexeme, scan

LEVELS = ("debug", "log", "info", "notice", "warning", "exception")
OPTIONS = ("errcode", "message", "detail", "hint")
# Words that begin statements of PL/pgSQL which are not there, and statements that end its transaction.
NOT_THERE = frozenset(
    """declare for foreach while loop return get case exit continue open fetch move close assert call commit
    rollback""".split()
)
# Names of conditions (manual, appendix A).
CONDITIONS = dict(
    pair.split("=")
    for pair in """
    feature_not_supported=0A000 cardinality_violation=21000 data_exception=22000
    string_data_right_truncation=22001 numeric_value_out_of_range=22003 null_value_not_allowed=22004
    invalid_datetime_format=22007 datetime_field_overflow=22008 division_by_zero=22012
    invalid_parameter_value=22023 invalid_text_representation=22P02
    invalid_binary_representation=22P03 bad_copy_file_format=22P04
    integrity_constraint_violation=23000 restrict_violation=23001 not_null_violation=23502
    foreign_key_violation=23503 unique_violation=23505 check_violation=23514
    exclusion_violation=23P01 invalid_cursor_state=24000 invalid_transaction_state=25000
    active_sql_transaction=25001 read_only_sql_transaction=25006 no_active_sql_transaction=25P01
    in_failed_sql_transaction=25P02 dependent_privilege_descriptors_still_exist=2B000
    dependent_objects_still_exist=2BP01 invalid_cursor_name=34000 invalid_catalog_name=3D000
    invalid_schema_name=3F000 transaction_rollback=40000 serialization_failure=40001
    deadlock_detected=40P01 syntax_error_or_access_rule_violation=42000 syntax_error=42601
    insufficient_privilege=42501 cannot_coerce=42846 grouping_error=42803 windowing_error=42P20
    invalid_recursion=42P19 invalid_foreign_key=42830 invalid_name=42602 name_too_long=42622
    reserved_name=42939 datatype_mismatch=42804 indeterminate_datatype=42P18 wrong_object_type=42809
    generated_always=428C9 undefined_column=42703 undefined_function=42883 undefined_table=42P01
    undefined_parameter=42P02 undefined_object=42704 duplicate_column=42701 duplicate_cursor=42P03
    duplicate_database=42P04 duplicate_function=42723 duplicate_prepared_statement=42P05
    duplicate_schema=42P06 duplicate_table=42P07 duplicate_alias=42712 duplicate_object=42710
    ambiguous_column=42702 ambiguous_function=42725 ambiguous_alias=42P09
    invalid_column_reference=42P10 invalid_column_definition=42611 invalid_table_definition=42P16
    invalid_object_definition=42P17 with_check_option_violation=44000 insufficient_resources=53000
    disk_full=53100 out_of_memory=53200 program_limit_exceeded=54000 statement_too_complex=54001
    too_many_columns=54011 object_not_in_prerequisite_state=55000 object_in_use=55006
    lock_not_available=55P03 operator_intervention=57000 query_canceled=57014 plpgsql_error=P0000
    raise_exception=P0001 no_data_found=P0002 too_many_rows=P0003 assert_failure=P0004
    internal_error=XX000 data_corrupted=XX001 others=
    """.split()
)


def read_do(lexemes: list[Lexeme]) -> ast.Do | None:
    """Return the statement, None where it is another one. Raises 42601, 42704, 0A000."""
    words = LexemeReader(lexemes)
    if not words.accept("do"):
        return None
    body, language = None, "plpgsql"
    while not words.is_end():
        if words.accept("language"):
            language = words.name_or_string()
        elif body is not None:
            raise SyntaxError("conflicting or redundant options")
        else:
            place, body = words.place, words.string()
    if language == "sql":
        raise NotSupportedError(f'language "{language}" does not support inline code execution')
    if language != "plpgsql":
        raise UndefinedObject(f'language "{language}" does not exist')
    if body is None:
        raise SyntaxError("no inline code specified")
    try:
        return ast.Do(_Body(body).whole())
    except SyntaxError as error:
        if error.position is not None:  # it counts from where the body begins
            quoted = lexemes[place]
            error.position += quoted.start + (quoted.end - quoted.start - len(body)) // 2
        raise


class _Body:
    """Reads the text of a block."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._words = LexemeReader(scan(text, False) or [Lexeme("mark", ";", 0, 0)])

    def whole(self) -> ast.Block:
        """Return the block that is the text."""
        found = self._block()
        _ = self._words.accept_mark(";")
        self._words.end()
        return found

    def _block(self) -> ast.Block:
        words = self._words
        self._refuse()
        words.take("begin")
        steps, handlers = self._steps("exception", "end"), []
        if words.accept("exception"):
            while words.accept("when"):
                conditions = {_condition(words)}
                while words.accept("or"):
                    conditions.add(_condition(words))
                words.take("then")
                handlers.append((frozenset(conditions), self._steps("when", "end")))
            if not handlers:
                raise words.error()
        words.take("end")
        return ast.Block(steps, tuple(handlers))

    def _steps(self, *ends: str) -> tuple[ast.Step, ...]:
        found: list[ast.Step] = []
        while not self._words.is_word(*ends):
            if self._words.accept("null"):
                self._words.take_mark(";")
            else:
                found.append(self._step())
        return tuple(found)

    def _step(self) -> ast.Step:
        words = self._words
        self._refuse()
        if words.is_word("begin"):
            block = self._block()
            words.take_mark(";")
            return block
        line = self._line()
        if words.accept("if"):
            return self._if()
        if words.accept("raise"):
            return self._raise(line)
        if words.accept("perform"):
            return ast.RunStep(f"SELECT {self._part(words.before(';'))}", line, "PERFORM")
        if words.accept("execute"):
            given = words.before(";")
            if any(lexeme.value in ("into", "using") for lexeme in given if lexeme.kind == "word"):
                raise NotSupportedError("EXECUTE with INTO or USING is not supported yet")
            return ast.RunStep(self._part(given), line, "EXECUTE")
        return ast.RunStep(self._part(self._statement()), line)

    def _statement(self) -> list[Lexeme]:
        """Return the words of a statement of SQL."""
        if self._words.is_mark(";"):
            raise self._words.error()
        found = self._words.before(";")
        if not found:
            raise self._words.error()
        if len(found) > 1 and found[1].value in (":=", "="):
            raise NotSupportedError("assignments of PL/pgSQL are not supported yet")
        values = [lexeme.value for lexeme in found if lexeme.kind == "word"]
        if "into" in values and values[0] not in ("insert", "merge") or "into" in values[2:]:
            raise NotSupportedError("INTO of PL/pgSQL is not supported yet")
        return found

    def _refuse(self) -> None:
        """Raise 0A000 for statements that are not there."""
        if self._words.is_word(*NOT_THERE):
            raise NotSupportedError(f"{self._words.name().upper()} of PL/pgSQL is not supported yet")
        if self._words.is_mark("<<"):
            raise NotSupportedError("labels of PL/pgSQL are not supported yet")

    def _if(self) -> ast.IfStep:
        words = self._words
        branches = [self._branch()]
        while words.accept("elsif") or words.accept("elseif"):
            branches.append(self._branch())
        otherwise = self._steps("end") if words.accept("else") else ()
        words.take("end", "if")
        words.take_mark(";")
        return ast.IfStep(tuple(branches), otherwise)

    def _branch(self) -> tuple[ast.RunStep, tuple[ast.Step, ...]]:
        line, condition = self._line(), self._words.rest("then")
        self._words.take("then")
        return ast.RunStep(self._part(condition), line, "IF"), self._steps("elsif", "elseif", "else", "end")

    def _raise(self, line: int) -> ast.RaiseStep:
        words = self._words
        if words.accept_mark(";"):
            return ast.RaiseStep("", "", line)
        level = words.any_of(*LEVELS) if words.is_word(*LEVELS) else "exception"
        if words.is_mark(";"):
            raise words.error()
        text, arguments = "", []
        using: list[tuple[str, str]] = []
        parts = LexemeReader(words.before(";"))
        if parts.is_word(*CONDITIONS, "sqlstate"):
            text = parts.name()
            text = parts.string() if text == "sqlstate" else text
            using = [("errcode", f"'{text}'")]
        elif not parts.is_word("using"):
            text = parts.string()
            while parts.accept_mark(","):
                arguments.append(self._part(parts.until("using")))
        if parts.accept("using"):
            using += parts.listed(lambda: self._option(parts))
        parts.end()
        places = text.replace("%%", "").count("%")
        if places != len(arguments):
            many = "many" if places < len(arguments) else "few"
            raise SyntaxError(f"too {many} parameters specified for RAISE")
        return ast.RaiseStep(level, text, line, tuple(arguments), tuple(using))

    def _option(self, parts: LexemeReader) -> tuple[str, str]:
        name = parts.any_of(*OPTIONS)
        if not parts.accept_mark("="):
            parts.take_mark(":=")
        return name, self._part(parts.until())

    def _part(self, lexemes: list[Lexeme]) -> str:
        """Return the text of words."""
        return self._text[lexemes[0].start : lexemes[-1].end]

    def _line(self) -> int:
        return self._text.count("\n", 0, self._words.position - 1) + 1


def _condition(words: LexemeReader) -> str:
    """Return the SQLSTATE of a condition."""
    name = words.name()
    if name == "sqlstate":
        return words.string()
    if name not in CONDITIONS:
        raise UndefinedObject(f'unrecognized exception condition "{name}"')
    return CONDITIONS[name]
