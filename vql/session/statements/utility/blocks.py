"""DO: what a block of PL/pgSQL does, statement by statement, in one transaction.

The steps of a block with handlers stand behind a savepoint: an error that one of them is for takes back what
they have done. The error that nobody handles says in its context which statement met it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

from vql.errors import Error, NotSupportedError, ProgrammingError, SyntaxError
from vql.language import ast
from vql.language.build.session.blocks import CONDITIONS
from vql.session.results import Notice, Result
from vql.session.statements.prepare import Prepared
from vql.session.transaction_block import TransactionBlock

RAISED, CANCELED, ASSERTED = "P0001", "57014", "P0004"
WARNED = "01000"
SAVEPOINT = "vql__block"


class Blocks:
    """Runs blocks in an open transaction `block`: their statements are prepared and executed as those of the
    session."""

    def __init__(
        self,
        prepare: Callable[[str], Prepared],
        execute: Callable[[Prepared, Sequence[object]], Result | None],
        block: TransactionBlock,
    ) -> None:
        self._prepare = prepare
        self._execute = execute
        self._block = block
        self._notices: list[Notice] = []
        self._handled: list[Error] = []

    def run(self, statement: ast.Do) -> Result:
        """Run a block. Raises what its statements raise."""
        self._steps((statement.block,))
        return Result("DO", notices=tuple(self._notices))

    def _steps(self, steps: tuple[ast.Step, ...]) -> None:
        for step in steps:
            match step:
                case ast.Block(handlers=()):
                    self._steps(step.steps)
                case ast.Block():
                    self._guarded(step)
                case ast.IfStep():
                    self._steps(
                        next((then for test, then in step.branches if self._holds(test)), step.otherwise)
                    )
                case ast.RaiseStep():
                    self._raise(step)
                case ast.RunStep():
                    self._run(step)

    def _guarded(self, block: ast.Block) -> None:
        self._block.savepoint(SAVEPOINT)
        try:
            self._steps(block.steps)
        except Error as error:
            handler = next((steps for codes, steps in block.handlers if _is_for(codes, error)), None)
            if handler is None:
                raise
            self._block.rollback_to(SAVEPOINT)
            self._block.release(SAVEPOINT)
            self._handled.append(error)
            self._steps(handler)
            self._handled.pop()
            return
        self._block.release(SAVEPOINT)

    def _run(self, step: ast.RunStep) -> None:
        text = step.text
        if step.kind == "EXECUTE":
            given = self._value(text, step)
            if given is None:
                raise ProgrammingError("query string argument of EXECUTE is null", sqlstate="22004")
            text = given
        result = self._answer(text, step)
        if result.columns is not None and step.kind == "SQL statement":
            hint = "If you want to discard the results of a SELECT, use PERFORM instead."
            is_select = result.tag.startswith("SELECT")
            raise SyntaxError("query has no destination for result data", hint=hint if is_select else None)

    def _answer(self, text: str, step: ast.RunStep) -> Result:
        try:
            prepared = self._prepare(text)
            _refuse_in_block(prepared.statement)
            result = self._execute(prepared, ())
            assert result is not None, "it is run whatever it costs"
        except Error as error:
            error.position = None  # it counts from where the statement begins
            context = f"PL/pgSQL function inline_code_block line {step.line} at {step.kind}"
            said = f'SQL statement "{text}"'
            error.context = "\n".join(filter(None, (error.context, said, context)))
            raise
        self._notices += result.notices
        return result

    def _holds(self, test: ast.RunStep) -> bool:
        return bool(self._answer(f"SELECT ({test.text})::boolean", test).rows[0][0])

    def _value(self, text: str, step: ast.RunStep) -> str | None:
        """Return what an expression is, as text."""
        return cast("str | None", self._answer(f"SELECT ({text})::text", step).rows[0][0])

    def _raise(self, step: ast.RaiseStep) -> None:
        if not step.level:
            if not self._handled:
                raise ProgrammingError(
                    "RAISE without parameters cannot be used outside an exception handler", sqlstate="0Z002"
                )
            raise self._handled[-1]
        where = ast.RunStep("", step.line, "RAISE")
        values = [self._value(argument, where) for argument in step.arguments]
        using = {name: self._value(value, where) or "" for name, value in step.using}
        given = using.get("errcode", "")
        code = CONDITIONS.get(given, given)
        text = using.get("message") or _formatted(step.text, values) or given
        detail, hint = using.get("detail"), using.get("hint")
        if step.level == "exception":
            raise ProgrammingError(text, sqlstate=code or RAISED, detail=detail, hint=hint)
        code = code or (WARNED if step.level == "warning" else "00000")
        self._notices.append(Notice(text, step.level.upper(), code, detail))


def _refuse_in_block(statement: ast.Statement | None) -> None:
    """Raise 0A000 for what is no part of a transaction that a block runs in."""
    if isinstance(statement, ast.Begin | ast.Commit | ast.Rollback | ast.Savepoint):
        raise NotSupportedError("unsupported transaction command in PL/pgSQL")
    if isinstance(statement, ast.Copy):
        raise NotSupportedError("cannot COPY to/from client in PL/pgSQL")


def _formatted(text: str, values: list[str | None]) -> str:
    given = iter(values)
    shown = []
    for part in text.split("%%"):
        first, *others = part.split("%")
        shown.append(first + "".join(_shown(next(given)) + other for other in others))
    return "%".join(shown)


def _shown(value: str | None) -> str:
    return "<NULL>" if value is None else value


def _is_for(codes: frozenset[str], error: Error) -> bool:
    """Whether a handler of some conditions is for an error."""
    code = error.sqlstate
    is_any = "" in codes and code not in (CANCELED, ASSERTED)
    return is_any or code in codes or f"{code[:2]}000" in codes
