"""DuckDB's errors as ours: a SQLSTATE and a message as Postgres would give, where one is known.

The text decides, since DuckDB's classes are coarser than SQLSTATEs. Names of relations and functions
that only exist inside the bridge (`vql__...`) never reach a user.
"""

from __future__ import annotations

import errno
import logging
import os
import re
from collections.abc import Callable
from pathlib import Path

from vql.errors import (
    AmbiguousColumn,
    CannotCoerce,
    DataError,
    DatatypeMismatch,
    Error,
    InternalError,
    InvalidDatetime,
    InvalidParameterValue,
    InvalidText,
    LimitExceeded,
    NotSupportedError,
    NumericOutOfRange,
    OperationalError,
    OutOfMemory,
    ProgrammingError,
    QueryCanceled,
    SyntaxError,
    UndefinedColumn,
    UndefinedFunction,
    UndefinedTable,
)
from vql.memory import out_of_memory
from vql.storage.files.blobfile import disk_error
from vql.types.type import TEXT, type_of_duck

Match = re.Match[str]
UNSURE = "vql__unsure"
log = logging.getLogger("vql.executor")


class Unsure(InternalError):
    """A value may be wrong: the query is to be computed anew with `duck_exact`."""


def type_name(name: str) -> str:
    """Return the SQL name of a type as DuckDB spells it."""
    spelt = name.strip()
    found = type_of_duck(spelt.upper())
    return spelt.lower() if found == TEXT and spelt.upper() not in TEXT.base.duck_results else str(found)


def _function(match: Match) -> Error:
    name, arguments = match[1], match[2]
    types = ", ".join(type_name(a) for a in re.split(r",\s*(?![^(]*\))", arguments))
    hint = "No function matches the given name and argument types. You might need to add explicit type casts."
    if not re.match(r"[a-z_]", name):
        left, _, right = types.partition(", ")
        return UndefinedFunction(
            f"operator does not exist: {left} {name} {right}",
            hint=hint.replace("function", "operator"),
        )
    return UndefinedFunction(f"function {name}({types}) does not exist", hint=hint)


def _mixed(match: Match) -> Error:
    return DatatypeMismatch(f"types {type_name(match[1])} and {type_name(match[2])} cannot be matched")


def _dimensions(match: Match) -> Error:
    return DataError(f"different vector dimensions {match[1]} and {match[2]}")


def _input(match: Match) -> Error:
    name = type_name(match[2])
    state = InvalidDatetime if type_of_duck(match[2]).base.category == "D" else InvalidText
    return state(f'invalid input syntax for type {name}: "{match[1]}"')


def _lowest(match: Match) -> Error:
    """Return the error of the lowest integer of a type, which has no negative there."""
    bits = int(match[1]).bit_length()
    return NumericOutOfRange(f"{type_name(f'INT{bits}')} out of range")


# Which end of a frame DuckDB means, as it is mostly written.
FRAME_ENDS = {"PRECEDING": "starting", "FOLLOWING": "ending"}
MANY_DIGITS = (
    "RANGE with an offset over numeric of more than 19 digits before the point, or 18 behind it, is not"
    " supported yet"
)
RULES: tuple[tuple[str, Callable[[Match], Error]], ...] = (
    (r"more digits than RANGE takes", lambda m: NotSupportedError(MANY_DIGITS)),
    (r"[Dd]ivision by zero", lambda m: DataError("division by zero", sqlstate="22012")),
    (r'Referenced column "(.+?)" (?:was )?not found',
     lambda m: UndefinedColumn(f'column "{m[1]}" does not exist')),
    (r'(?:Table|Values list) "(.+?)" does not have a column named "(.+?)"',
     lambda m: UndefinedColumn(f"column {m[1]}.{m[2]} does not exist")),
    (r'Referenced table "(.+?)" not found',
     lambda m: UndefinedTable(f'missing FROM-clause entry for table "{m[1]}"')),
    (r"Table with name (\S+) does not exist",
     lambda m: UndefinedTable(f'relation "{m[1].rstrip("!")}" does not exist')),
    (r"(?:Scalar |Aggregate |Table |Macro )*Function with name \"?(.+?)\"? does not exist",
     lambda m: UndefinedFunction(
         f"function {m[1]} does not exist",
         hint="No function matches the given name and argument types."
         " You might need to add explicit type casts.")),
    (r'[Cc]olumn "(.+?)" does not exist on (left|right) side of join',
     lambda m: UndefinedColumn(
         f'column "{m[1]}" specified in USING clause does not exist in {m[2]} table')),
    (r"Type with name (\S+) does not exist",
     lambda m: ProgrammingError(f'type "{m[1].rstrip("!")}" does not exist', sqlstate="42704")),
    (r'Ambiguous reference to column name "(.+?)"',
     lambda m: AmbiguousColumn(f'column reference "{m[1]}" is ambiguous')),
    (r"column \"(.+?)\" must appear in the GROUP BY clause",
     lambda m: ProgrammingError(
         f'column "{m[1]}" must appear in the GROUP BY clause or be used in an aggregate function',
         sqlstate="42803")),
    (r"WHERE clause cannot contain aggregates",
     lambda m: ProgrammingError("aggregate functions are not allowed in WHERE", sqlstate="42803")),
    (r"WHERE clause cannot contain window",
     lambda m: ProgrammingError("window functions are not allowed in WHERE", sqlstate="42P20")),
    (r"aggregate function calls cannot be nested",
     lambda m: ProgrammingError("aggregate function calls cannot be nested", sqlstate="42803")),
    (r"Duplicate alias \"(.+?)\"",
     lambda m: ProgrammingError(f'table name "{m[1]}" specified more than once', sqlstate="42712")),
    (r"left length '(\d+)' and right length '(\d+)'", _dimensions),
    (r"array dimensions must be equal, got left length '?(\d+)'? and right length '?(\d+)", _dimensions),
    (r"\"(\S+?)(?:\.0)?\" is out of range for type halfvec",
     lambda m: NumericOutOfRange(f'"{m[1]}" is out of range for type halfvec')),
    (r"Array arguments must be of the same size", lambda m: DataError("different vector dimensions")),
    (r"Cannot cast list with length (\d+) to array with length (\d+)",
     lambda m: DataError(f"expected {m[2]} dimensions, not {m[1]}")),
    (r"Cannot cast array of size (\d+) to array of size (\d+)",
     lambda m: DataError(f"expected {m[2]} dimensions, not {m[1]}")),
    (r"Cannot cast between ARRAY types of different sizes.*\[(\d+)\].*\[(\d+)\]",
     lambda m: DataError(f"expected {m[2]} dimensions, not {m[1]}")),
    (r"Could not convert string ['\"](.*?)['\"] to ([A-Z0-9_ ]+)", _input),
    (r"Type VARCHAR with value '(.*?)' can't be cast .*destination type ([A-Z]+\[?\d*\]?)", _input),
    (r"(?:date|time|timestamp) field value out of range: \"(.*?)\"",
     lambda m: InvalidDatetime(f'date/time field value out of range: "{m[1]}"', sqlstate="22008")),
    (r"invalid (date|time|timestamp) field format: \"(.*?)\"",
     lambda m: InvalidDatetime(f'invalid input syntax for type {m[1]}: "{m[2]}"')),
    (r"Malformed JSON", lambda m: InvalidText("invalid input syntax for type json")),
    (r"can't be cast because the value is out of range for the destination type FLOAT",
     lambda m: NumericOutOfRange("value out of range: overflow")),
    (r"can't be cast because the value is out of range for the destination type (\w+)",
     lambda m: NumericOutOfRange(f"{type_name(m[1])} out of range")),
    (r"Overflow (?:in division of |on abs\()-(\d+)", _lowest),
    (UNSURE, lambda m: Unsure("the query is computed anew")),
    (r"value out of range: (over|under)flow", lambda m: NumericOutOfRange(m[0])),
    (r"Overflow in \w+ of (\w+)", lambda m: NumericOutOfRange(f"{type_name(m[1])} out of range")),
    (r"Casting value .* to type (DECIMAL\(\d+, ?\d+\)) failed: value is out of range",
     lambda m: NumericOutOfRange(
         "numeric field overflow", detail=f"The value does not fit {m[1].lower()}.")),
    (r"More than one row returned by a subquery",
     lambda m: DataError(
         "more than one row returned by a subquery used as an expression", sqlstate="21000")),
    (r"Invalid RANGE (?:PRECEDING|FOLLOWING) value",
     lambda m: DataError("invalid preceding or following size in window function", sqlstate="22013")),
    (r"(?:Window ROWS|Invalid GROUPS) (PRECEDING|FOLLOWING) (?:expression cannot be negative|value)",
     lambda m: DataError(f"frame {FRAME_ENDS[m[1]]} offset must not be negative", sqlstate="22013")),
    (r"Window \w+ (PRECEDING|FOLLOWING) expression cannot be NULL",
     lambda m: DataError(f"frame {FRAME_ENDS[m[1]]} offset must not be null", sqlstate="22004")),
    (r"Window \w+ expressions cannot be NULL",
     lambda m: DataError("frame starting offset must not be null", sqlstate="22004")),
    (r"argument of nth_value must be greater than zero",
     lambda m: DataError("argument of nth_value must be greater than zero", sqlstate="22016")),
    (r"step size cannot equal zero", lambda m: InvalidParameterValue("step size cannot equal zero")),
    (r"requested length too large", lambda m: LimitExceeded("requested length too large")),
    (r"[Mm]ax expression depth limit",
     lambda m: LimitExceeded("stack depth limit exceeded", sqlstate="54001")),
    (r"correlated columns not supported in LIMIT",
     lambda m: NotSupportedError("LIMIT by a column of a query around it is not supported yet")),
    (r"division by zero", lambda m: DataError("division by zero", sqlstate="22012")),
    (r"Subquery returns (\d+) columns",
     lambda m: SyntaxError("subquery must return only one column")),
    (r"Set operations can only apply to expressions with the same number of result columns",
     lambda m: SyntaxError("each UNION query must have the same number of columns")),
    (r"ORDER term out of range",
     lambda m: ProgrammingError("ORDER BY position is not in select list", sqlstate="42P10")),
    (r"No function matches the given name and argument types '(.+?)\((.*)\)'\.", _function),
    (r'for the function call "(.+?)\((.*)\)"\.', _function),
    (r"Cannot compare values of type (.+?) and (?:type )?(.+?)(?: |$|-)",
     lambda m: UndefinedFunction(
         f"operator does not exist: {type_name(m[1])} = {type_name(m[2])}",
         hint="No operator matches the given name and argument types."
         " You might need to add explicit type casts.")),
    (r"Unimplemented type for cast \((.+?) -> (.+?)\)",
     lambda m: CannotCoerce(f"cannot cast type {type_name(m[1])} to {type_name(m[2])}")),
    (r"Cannot mix values of type (.+?) and (.+?) in",
     _mixed),
)  # fmt: skip

BY_CLASS: tuple[tuple[str, type[Error]], ...] = (
    ("InterruptException", QueryCanceled),
    ("OutOfMemoryException", OutOfMemory),
    ("NotImplementedException", NotSupportedError),
    ("PermissionException", NotSupportedError),
    ("ParserException", SyntaxError),
    ("SyntaxException", SyntaxError),
    ("OutOfRangeException", NumericOutOfRange),
    ("ConversionException", InvalidText),
    ("TypeMismatchException", DatatypeMismatch),
    ("BinderException", ProgrammingError),
    ("CatalogException", ProgrammingError),
    ("InvalidInputException", DataError),
    ("InvalidTypeException", DatatypeMismatch),
    ("ConstraintException", DataError),
)


def translated(error: BaseException) -> Error:
    """Return our error for one of DuckDB's."""
    return _translated(type(error).__name__, str(error))


def streamed(error: BaseException) -> Error:
    """Return our error for one that DuckDB gave while its rows were read as Arrow:
    `ArrowArrayStream::get_next() failed (5): INTERRUPT Error: Interrupted!`."""
    text = str(error).partition("): ")[2]
    kind = text.partition(" Error: ")[0].title().replace(" ", "")
    return _translated(f"{kind}Exception", text)


def _translated(kind: str, text: str) -> Error:
    first = re.split(r"\n\s*\n|\nLINE ", text)[0]
    message = re.sub(r"^[A-Za-z ]+ Error: ", "", first).strip()
    if kind == "InterruptException":
        return QueryCanceled("canceling statement due to user request")
    if kind == "OutOfMemoryException":
        return out_of_memory()
    if kind == "IOException":
        return _disk_error(message.lower())
    if kind in ("FatalException", "InternalException"):
        # Their texts hold paths and stack traces.
        log.error("DuckDB failed: %s", message)
        return InternalError("the relational engine failed")
    for pattern, make in RULES:
        match = re.search(pattern, message, re.S)
        if match is not None:
            return make(match)
    message = message.split("\n")[0].rstrip(".!")
    message = message[:1].lower() + message[1:]
    for name, ours in BY_CLASS:
        if kind == name:
            return ours(message)
    return InternalError(message)


def _disk_error(message: str) -> Error:
    file = Path("temporary file")
    for number in (errno.ENOSPC, errno.EMFILE, errno.ENFILE):
        if os.strerror(number).lower() in message:
            return disk_error(OSError(number, message), file)
    return OperationalError("could not read or write a temporary file", sqlstate="58030")
