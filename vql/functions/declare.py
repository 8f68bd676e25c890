"""Declarations: `function("age(timestamp, timestamp) -> interval")`, `operator`, `cast`, `aggregate`.

How values reach `run` and leave it (an *internal* value, `vql.types`):

* boolean bool; integers, oid int; real, double precision float; numeric Decimal, whose exponent is the scale;
* text and its kin str; bytea bytes; uuid UUID; json str as it was typed; jsonb str in PostgreSQL's form;
* date int days since 1970-01-01, timestamp and timestamptz int microseconds since then (UTC), time int
  microseconds of the day, the extremes of int32 and int64 as -infinity and infinity;
* interval `Interval(months, days, microseconds)`;
* arrays `list`, of lists where there are several dimensions, None for a NULL element;
* vectors as everywhere (`vql.types.type`).

A strict function never sees None: its value for a NULL argument is NULL. One that is not gets None. Errors
are those of `vql.errors` with PostgreSQL's SQLSTATE and words.

Polymorphic arguments are written as PostgreSQL writes them: anyelement, anyarray, anynonarray,
anycompatible, anycompatiblearray, "any". `needs_types` gives a tuple of the arguments' types
(`vql.types.type.Type`) before their values, `needs_environment` what the session says (`Environment`) before
everything else. The values of a VARIADIC argument, an array's elements where it is given as one, reach `run`
one by one; of an array some may be None though the function is strict, which the array is not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import field
from typing import Any, Literal, TypeVar

from vql.calendar.style import Style, style_of
from vql.dataclass import dataclass
from vql.deadline import NEVER, Deadline
from vql.functions.generator import Generator
from vql.functions.lookups import AdvisoryLocks, CatalogLookups, Notifier, SequenceNumbers, Sessions, Xids

Run = Callable[..., Any]
Made = TypeVar("Made", bound=Run)
Volatility = Literal["immutable", "stable", "volatile"]
# How willingly a cast is applied: by itself, in an assignment, when asked.
Willingness = Literal["implicit", "assignment", "explicit"]
SIGNATURE = re.compile(r"(?P<name>\w+) ?\((?P<arguments>.*)\) -> (?P<result>.+)")
OPERATION = re.compile(r"(?:(?P<left>.+) )?(?P<name>[^\w\s\[\]\"(]+) (?P<right>.+) -> (?P<result>.+)")
CAST = re.compile(r"(?P<source>.+) -> (?P<result>.+)")


@dataclass(frozen=True, slots=True, kw_only=True, weakref_slot=True)
class Environment:
    """What the value of a function may depend on besides its arguments; one a statement."""

    now_us: int  # the transaction's, microseconds since 1970-01-01 UTC
    statement_us: int = 0  # when the statement began
    timezone: str = "UTC"
    datestyle: str = "ISO, MDY"
    intervalstyle: str = "postgres"
    extra_float_digits: int = 1
    bytea_output: str = "hex"
    text_search_config: str = "pg_catalog.english"
    generator: Generator = field(default_factory=Generator, compare=False)  # the session's
    catalog: CatalogLookups | None = field(default=None, compare=False)
    sequences: SequenceNumbers | None = field(default=None, compare=False)
    notifications: Notifier | None = field(default=None, compare=False)
    advisory: AdvisoryLocks | None = field(default=None, compare=False)
    sessions: Sessions | None = field(default=None, compare=False)
    xids: Xids | None = field(default=None, compare=False)
    # Takes what the client is to learn beside the answer.
    notice: Callable[[str], None] = field(default=lambda text: None, compare=False)
    # The statement's, for threads that are not its own.
    deadline: Deadline = field(default=NEVER, compare=False)

    @property
    def style(self) -> Style:
        """How texts of values are read and written."""
        return style_of(
            self.datestyle, self.intervalstyle, self.timezone, self.bytea_output, self.extra_float_digits
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """One argument of a signature."""

    type: str
    name: str | None = None
    default: str | None = None  # as SQL
    is_variadic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A scalar function, an operator, a function that gives rows, or an aggregate.

    `duck` is the text DuckDB computes it with, `{0}` standing for the first argument, where that is right for
    every input; empty where `run` computes it. An aggregate's `run` gets the list of its rows' values
    (tuples where there are several arguments; strict: without those that have a NULL) in their order. Behind
    the call that takes its first argument, or where its `duck` says `{tail}`, stand FILTER and OVER. Of an
    aggregate whose `duck` finds a value that may be wrong (`vql__sure` raises) the whole query is computed
    anew with `duck_exact`, which costs more. `duck_flat` is right where the first argument is an array of one
    dimension that begins at 1, whose text is a list of JSON; `{elements}` are these as a list of DuckDB's.
    """

    name: str
    arguments: tuple[Argument, ...]
    result: str
    run: Run | None = None
    duck: str = ""
    duck_exact: str = ""
    duck_flat: str = ""
    is_operator: bool = False
    is_aggregate: bool = False
    is_ordered_set: bool = False  # WITHIN GROUP sorts the rows by the last argument
    is_window: bool = False  # an aggregate that stands before OVER alone
    gives_rows: bool = False  # `run` returns an iterable
    columns: tuple[Argument, ...] = ()  # of the result, where they have names; tuples where there are several
    is_strict: bool = True
    volatility: Volatility = "immutable"
    needs_types: bool = False
    needs_environment: bool = False
    # A scan tests it once a distinct value of a column on its left; the right is a value.
    tests_columns: bool = False
    extension: str = ""  # has a name where there is this extension alone

    @property
    def has_row_type(self) -> bool:
        """Whether each of its rows is a tuple of several columns."""
        return len(self.columns) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """A conversion; what has none goes through the text form, when asked."""

    source: str
    result: str
    run: Run | None
    duck: str = ""
    willingness: Willingness = "explicit"
    needs_modifier: bool = False  # `run` gets the modifier of the result (or None) last
    needs_environment: bool = False

    def applied(self, environment: Environment, value: Any, modifier: int | None) -> Any:
        """Return an internal value converted."""
        assert self.run is not None, f"{self.source} becomes {self.result} in DuckDB alone"
        given = (environment, value) if self.needs_environment else (value,)
        return self.run(*given, modifier) if self.needs_modifier else self.run(*given)


FUNCTIONS: dict[str, list[Function]] = {}
OPERATORS: dict[str, list[Function]] = {}
CASTS: dict[tuple[str, str], Conversion] = {}


def function(signature: str, **options: Any) -> Callable[[Made], Made]:
    """Declare a function whose value the decorated one computes: `"substr(text, integer) -> text"`;
    `setof` before the result where it gives rows, `(key: text, value: json)` where its columns have names.
    Options are fields of `Function`."""
    return lambda run: _declared(signature, run, options)


def aggregate(signature: str, **options: Any) -> Callable[[Made], Made]:
    """Declare an aggregate, as `function`."""
    return lambda run: _declared(signature, run, options | {"is_aggregate": True})


def in_duck(signature: str, duck: str, run: Run | None = None, **options: Any) -> None:
    """Declare a function or aggregate that DuckDB computes as PostgreSQL does."""
    _declared(signature, run, options | {"duck": duck})


def operator(signature: str, **options: Any) -> Callable[[Made], Made]:
    """Declare an operator: `"date - date -> integer"`, `"- interval -> interval"`."""
    return lambda run: _operation(signature, run, options)


def operator_in_duck(signature: str, duck: str, run: Run | None = None, **options: Any) -> None:
    """Declare an operator that DuckDB computes as PostgreSQL does."""
    _operation(signature, run, options | {"duck": duck})


def cast(signature: str, **options: Any) -> Callable[[Made], Made]:
    """Declare a cast: `"date -> timestamp"`. Options are fields of `Conversion`."""

    def declare(run: Made) -> Made:
        cast_in_duck(signature, "", run, **options)
        return run

    return declare


def cast_in_duck(signature: str, duck: str, run: Run | None = None, **options: Any) -> None:
    """Declare a cast that DuckDB makes as PostgreSQL does."""
    found = CAST.fullmatch(signature)
    assert found, signature
    made = Conversion(source=found["source"], result=found["result"], run=run, duck=duck, **options)
    assert (made.source, made.result) not in CASTS, signature
    CASTS[made.source, made.result] = made


def _declared(signature: str, run: Any, options: dict[str, Any]) -> Any:
    found = SIGNATURE.fullmatch(signature)
    assert found, signature
    arguments = tuple(_argument(text) for text in _split(found["arguments"]))
    result = found["result"].removeprefix("setof ")
    given = options | {"gives_rows": result != found["result"]}
    if result.startswith("("):
        columns = tuple(_argument(text) for text in _split(result[1:-1]))
        result = columns[0].type if len(columns) == 1 else "record"
        given["columns"] = columns
    _add(FUNCTIONS, Function(name=found["name"], arguments=arguments, result=result, run=run, **given))
    return run


def _operation(signature: str, run: Any, options: dict[str, Any]) -> Any:
    found = OPERATION.fullmatch(signature)
    assert found, signature
    arguments = tuple(Argument(type=found[side]) for side in ("left", "right") if found[side])
    made = Function(
        name=found["name"], arguments=arguments, result=found["result"], run=run, is_operator=True, **options
    )
    _add(OPERATORS, made)
    return run


def _add(known: dict[str, list[Function]], made: Function) -> None:
    types = [argument.type for argument in made.arguments]
    others = known.setdefault(made.name, [])
    assert all([argument.type for argument in other.arguments] != types for other in others), made
    others.append(made)


def _split(text: str) -> Sequence[str]:
    return [part.strip() for part in text.split(",")] if text.strip() else ()


def _argument(text: str) -> Argument:
    """Read `[VARIADIC] [name] type [DEFAULT sql]`; a name ends with a colon: `years: integer DEFAULT 0`."""
    text, _, default = text.partition(" DEFAULT ")
    bare = text.removeprefix("VARIADIC ")
    name, colon, type_ = bare.rpartition(":")
    return Argument(
        type=(type_ if colon else bare).strip(),
        name=name.strip() or None,
        default=default or None,
        is_variadic=bare != text,
    )
