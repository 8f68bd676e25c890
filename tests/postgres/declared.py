"""What is declared in `vql.functions`, called as PostgreSQL is: the same values in, both answers out."""

from __future__ import annotations

import importlib
import itertools
import math
import os
import pkgutil
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
from samples import POLYMORPHIC, RANGED, ROWS_MAX, calls_of, rows_of
from wire_values import Reader, Span

import vql.functions
from vql.errors import Error
from vql.functions import declare
from vql.functions.declare import Conversion, Environment, Function
from vql.types.objects import ObjectName
from vql.types.ranges.range import Range
from vql.types.type import type_named
from vql.types.vectors.sparsevec import SparseVector

# PostgreSQL's grammar knows these, its catalog does not; their precision is a number as it stands.
SYNTAX = {"current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"}
# Short names of distances, and what pgvector has under another.
OURS = {"l2", "l1", "ip", "cosine", "hamming", "jaccard", "l2_norm"}
# What constructors of range types that users make are written as, and what says of the transaction that asks.
MAKERS = {"vql__range", "vql__multirange"}
OF_TRANSACTION = re.compile(r"(txid|pg)_current_(xact_id|snapshot|if_assigned).*|txid_current")
SETTINGS: Sequence[dict[str, str]] = (
    {},
    {"timezone": "Europe/Rome", "datestyle": "SQL, DMY", "intervalstyle": "iso_8601",
     "bytea_output": "escape"},
    {"timezone": "America/New_York", "datestyle": "German, DMY", "intervalstyle": "sql_standard",
     "extra_float_digits": "0"},
)  # fmt: skip
MODIFIERS: dict[str, Sequence[tuple[int, ...]]] = {
    "numeric": ((5, 2), (3, 0), (40, 20)), "varchar": ((2,),), "character varying": ((2,),),
    "bpchar": ((2,),), "character": ((2,),), "char": ((2,),), "timestamp": ((0,), (3,)),
    "timestamptz": ((0,), (3,)),
    "time": ((0,), (3,)), "timetz": ((0,), (3,)), "interval": ((0,), (3,)), "bit": ((3,),),
    "bit varying": ((3,),), "varbit": ((3,),), "vector": ((3,),), "halfvec": ((3,),), "sparsevec": ((3,),),
}  # fmt: skip
UNSIZED = {"bit": '"bit"'}  # alone it is one of a single bit
# The judge has not these.
CONTRIB = ("citext", "hstore")
HELPERS = """
CREATE OR REPLACE FUNCTION pg_temp.judged(expression text, OUT value bytea, OUT state text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'SELECT record_send(row(' || expression || '))' INTO value;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE;
END $$
"""


@dataclass(frozen=True)
class Answer:
    """A value in comparable form, or an SQLSTATE."""

    value: object = None
    state: str | None = None

    def shown(self, other: Answer) -> str:
        """Return it as a reader wants it: from where another differs, if it is long."""
        text, beside = (f"error {each.state}" if each.state else _shown(each.value) for each in (self, other))
        start = max(len(os.path.commonprefix([text, beside])) - 40, 0) if len(text) > 160 else 0
        return (
            ("..." if start else "") + text[start : start + 160] + ("..." if len(text) > start + 160 else "")
        )


@dataclass(frozen=True)
class Trial:
    """One call: as PostgreSQL reads it, and the texts of the arguments (rows of them for an aggregate)."""

    sql: str
    types: Sequence[str]
    arguments: Sequence[Any]


def load() -> tuple[list[Function], list[Conversion]]:
    """Import every family and return what they declare, but for what asks the catalog or the session."""
    for module in pkgutil.walk_packages(vql.functions.__path__, "vql.functions."):
        importlib.import_module(module.name)
    calls = itertools.chain(*declare.FUNCTIONS.values(), *declare.OPERATORS.values())
    modules = ("system", "objects", "described", "rights", "notifications")
    of_server = [f"vql.functions.system.{name}" for name in modules]

    def is_of_values(made: Function | Conversion) -> bool:
        kinds = " ".join([*type_names(made), made.result])
        if getattr(made, "extension", "") or any(name in kinds for name in CONTRIB):
            return False
        is_named = "reg" in kinds or "int2vector" in kinds
        return not is_named and getattr(made.run, "__module__", "") not in of_server

    return list(filter(is_of_values, calls)), list(filter(is_of_values, declare.CASTS.values()))


def signature(made: Function | Conversion) -> str:
    """Return a declaration as it was written, or nearly."""
    if isinstance(made, Conversion):
        return f"cast {made.source} -> {made.result}"
    types = [("VARIADIC " if a.is_variadic else "") + a.type for a in made.arguments]
    rows = "setof " if made.gives_rows else ""
    call = (
        " ".join([*types[:-1], made.name, types[-1]])
        if made.is_operator
        else f"{made.name}({', '.join(types)})"
    )
    return f"{call} -> {rows}{made.result}"


def type_names(made: Function | Conversion) -> list[str]:
    """Return the types of what a declaration takes."""
    return [made.source] if isinstance(made, Conversion) else [argument.type for argument in made.arguments]


def literal(text: str | None, type_name: str) -> str:
    """Return a value as SQL."""
    quoted = "NULL" if text is None else "'" + text.replace("'", "''") + "'"
    return f"{quoted}::{type_name}"


def bindings(made: Function) -> Iterator[list[str]]:
    """Yield types of arguments that a declaration takes: itself, or what polymorphic ones may stand for."""
    names = type_names(made)  # those of a VARIADIC one reach `run` one by one
    variadic = bool(made.arguments) and made.arguments[-1].is_variadic
    for count in (1, 3) if variadic else (1,):
        last = names[-1].removesuffix("[]").replace("anycompatiblearray", "anycompatible") if names else ""
        wanted = names[:-1] + [last] * count if variadic else names
        open_ones = [name for name in wanted if name in POLYMORPHIC]
        if not open_ones:
            others = declare.FUNCTIONS.get(made.name, ())
            if not variadic or all(type_names(other) != wanted for other in others):
                yield wanted
            continue
        for index in range(max(len(POLYMORPHIC[name]) for name in open_ones)):
            chosen = {name: POLYMORPHIC[name] for name in open_ones}
            if any(name.endswith("range") for name in chosen) and "anyelement" in chosen:
                chosen["anyelement"] = RANGED
            if all(chosen.values()):
                yield [chosen[n][index % len(chosen[n])] if n in chosen else n for n in wanted]


def trials(made: Function | Conversion) -> Iterator[tuple[Trial, int | None]]:
    """Yield calls of a declaration, with the modifier of a cast's result."""
    if isinstance(made, Conversion):
        choices = MODIFIERS.get(made.result, ()) if made.needs_modifier else ()
        for numbers in ((), *choices):
            plain = made.result if numbers else UNSIZED.get(made.result, made.result)
            target = plain + (f"({', '.join(map(str, numbers))})" if numbers else "")
            modifier = type_named(made.result, numbers).modifier if numbers else None
            for call in calls_of([made.source], "cast"):
                sql = f"CAST({literal(call[0], made.source)} AS {target})"
                yield Trial(sql, [made.source], call), modifier
        return
    for types in bindings(made):
        if made.is_aggregate:
            for rows in rows_of(types, made.name):
                given = [(*rows[0][:-1], row[-1]) for row in rows] if made.is_ordered_set else rows
                yield Trial(_aggregate(made, types, given), types, given), None
        else:
            for call in calls_of(types, made.name):
                if made.name in SYNTAX and None in call:
                    continue
                yield Trial(_call(made, types, call), types, call), None


def _call(made: Function, types: Sequence[str], call: Sequence[str | None]) -> str:
    values = [literal(text, name) for text, name in zip(call, types, strict=True)]
    if made.is_operator:
        return " ".join([f"({values[0]})" if len(values) > 1 else "", made.name, f"({values[-1]})"])
    if made.name in SYNTAX:
        return made.name + "".join(f"({text})" for text in call)
    name = f'"{made.name}"'
    text = f"{name}({', '.join(values)})"
    if not made.gives_rows:
        return text
    return f"(SELECT array_agg(record_send(row(v))) FROM (SELECT {text} AS v LIMIT {ROWS_MAX}) AS rows)"


def _aggregate(made: Function, types: Sequence[str], rows: Sequence[Sequence[str | None]]) -> str:
    if not types:
        return f'(SELECT "{made.name}"(*) FROM generate_series(1, {len(rows)}))'
    names = [f"c{place}" for place in range(len(types))]
    texts = ["(" + ", ".join(map(literal, row, types)) + ")" for row in rows]
    nothing = "(" + ", ".join(literal(None, type_name) for type_name in types) + ")"
    source = f"(VALUES {', '.join(texts or [nothing])}) AS v({', '.join(names)})"
    call = f'"{made.name}"({", ".join(names)})'
    if made.is_ordered_set:
        direct = map(literal, rows[0][:-1] if rows else [None] * (len(types) - 1), types)
        call = f'"{made.name}"({", ".join(direct)}) WITHIN GROUP (ORDER BY {names[-1]})'
    return f"(SELECT {call} FROM {source}{'' if rows else ' WHERE false'})"


class Judge:
    """Asks PostgreSQL for values, many expressions at a time."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        self._reader = Reader(connection)
        connection.execute(HELPERS)

    def set(self, settings: dict[str, str]) -> Environment:
        """Set what a session may, and return it as functions get it; `now` moves with the transaction."""
        given = {"timezone": "UTC", "datestyle": "ISO, MDY", "intervalstyle": "postgres",
                 "bytea_output": "hex", "extra_float_digits": "1"} | settings  # fmt: skip
        for name, value in given.items():
            self.connection.execute("SELECT set_config(%s, %s, false)", (name, value))
        now = self.connection.execute("SELECT (extract(epoch FROM now()) * 1000000)::bigint").fetchone()
        assert now is not None
        digits = int(given.pop("extra_float_digits"))
        return Environment(now_us=now[0], extra_float_digits=digits, **given)  # type: ignore[arg-type]

    def ask(self, expressions: Sequence[str]) -> list[tuple[list[tuple[int, Any]] | None, str | None]]:
        """Return the columns of each expression list, or its SQLSTATE."""
        rows = self.connection.execute(
            "SELECT value, state FROM unnest(%s::text[]) WITH ORDINALITY AS given(text, place),"
            " LATERAL pg_temp.judged(text) ORDER BY place",
            (list(expressions),),
        ).fetchall()
        return [(None if value is None else self._reader.record(value), state) for value, state in rows]

    def answers(self, made: Function | Conversion, asked: Sequence[Trial]) -> list[Answer]:
        """Return PostgreSQL's answers."""
        found = []
        for columns, state in self.ask([trial.sql for trial in asked]):
            if columns is None:
                found.append(Answer(state=state))
                continue
            ((oid, value),) = columns
            if isinstance(made, Function) and made.gives_rows:
                value = [self._reader.record(row)[0][1] for row in value or []]
            found.append(Answer(comparable(value, "float4" in self._reader.names[oid])))
        return found

    def arguments(self, asked: Sequence[Trial]) -> list[list[tuple[Any, ...]] | None]:
        """Return the rows of values that each trial's function gets; None where a text is no value."""
        texts = {
            (text, name)
            for trial in asked
            for row in _rows(trial)
            for text, name in zip(row, trial.types, strict=True)
            if text is not None
        }
        ordered = sorted(texts)
        known: dict[tuple[str, str], Any] = {}
        for key, (columns, _) in zip(ordered, self.ask([literal(*key) for key in ordered]), strict=True):
            if columns is not None:
                known[key] = ours(columns[0][1])
        made = []
        for trial in asked:
            keys = [list(zip(row, trial.types, strict=True)) for row in _rows(trial)]
            if all(key in known for row in keys for key in row if key[0] is not None):
                made.append([tuple(None if key[0] is None else known[key] for key in row) for row in keys])
            else:
                made.append(None)
        return made


def agree(made: Function | Conversion, right: Answer, ours: Answer) -> bool:
    """Whether an answer is PostgreSQL's. What pgvector adds up in the precision of its type VQL adds up in
    double precision: last digits differ, and only there is a sum too large. What PostgreSQL calls an internal
    error (XX000) of values that it was given may have a code here."""
    if right.state == "XX000":
        return ours.state is not None
    is_sum = made.result in ("double precision", "vector", "halfvec") and any(
        name in ("vector", "halfvec", "sparsevec") for name in type_names(made)
    )
    return right == ours or is_sum and (right.state == "22003" or _is_near(right.value, ours.value))


def _is_near(right: object, ours: object) -> bool:
    if not (isinstance(right, str) and isinstance(ours, str) and right.startswith("float ")):
        return False
    number = float(right.removeprefix("float "))
    return not math.isfinite(number) or math.isclose(number, float(ours.removeprefix("float ")), rel_tol=1e-6)


def run(
    made: Function | Conversion, types: Sequence[str], rows: Sequence[tuple[Any, ...]], modifier: int | None,
    environment: Environment,
) -> Answer:  # fmt: skip
    """Return what the declared function answers; of an aggregate, all rows at once."""
    assert made.run is not None
    first: list[Any] = [environment] if made.needs_environment else []
    is_real = "real" in made.result
    try:
        if isinstance(made, Conversion):
            (row,) = rows
            last = [modifier] if made.needs_modifier else []
            return Answer(None if row[0] is None else comparable(made.run(*first, *row, *last), is_real))
        first += [tuple(map(type_named, types))] if made.needs_types else []
        is_real = is_real or ("any" in made.result and ("real" in types or "real[]" in types))
        if made.is_aggregate:
            kept = [row for row in rows if not made.is_strict or all(value is not None for value in row)]
            if made.is_ordered_set:
                kept.sort(key=lambda row: (row[-1] != row[-1], row[-1]))
            values = [row[0] for row in kept] if len(types) == 1 else kept
            return Answer(comparable(made.run(*first, values), is_real))
        (row,) = rows
        if made.is_strict and any(value is None for value in row):
            return Answer([] if made.gives_rows else None)
        result = made.run(*first, *row)
        if made.gives_rows:
            result = list(itertools.islice(result, ROWS_MAX))
        return Answer(comparable(result, is_real))
    except Error as error:
        return Answer(state=error.sqlstate)


def comparable(value: Any, is_real: bool = False) -> object:
    """Return a value in a form that is equal where the values are the same, to the last bit and type."""
    if isinstance(value, float):
        return f"{'real' if is_real else 'float'} {np.float32(value) if is_real else float(value)!r}"
    if isinstance(value, Range):
        ends = [comparable(bound, is_real) for bound in (value.lower, value.upper)]
        return "empty" if value.isempty else [*ends, value.bounds]
    if isinstance(value, ObjectName):
        return f"int {int(value)}"
    if isinstance(value, list | tuple):
        return [comparable(element, is_real) for element in value]
    if isinstance(value, np.ndarray):
        return f"{value.dtype} {value.tolist()}"
    if isinstance(value, SparseVector):
        places = tuple(map(int, value.indices()))
        return [f"int {value.dimensions()}", [f"int {place}" for place in places], value.values().tobytes()]
    if hasattr(value, "months"):
        return f"interval {value.months} {value.days} {value.microseconds}"
    if value is None or isinstance(value, bytes):
        return value
    return f"{type(value).__name__} {value}"


def ours(value: Any) -> Any:
    """Return a value read from PostgreSQL as functions of ours get it."""
    if isinstance(value, Span):
        from vql.types.moments.interval import Interval

        return Interval(value.months, value.days, value.microseconds)
    if isinstance(value, list):
        return [ours(element) for element in value]
    if isinstance(value, tuple) and len(value) == 3 and isinstance(value[2], bytes):
        dimensions, places, data = value
        return SparseVector(
            dict(zip(places, np.frombuffer(data, np.float32).tolist(), strict=True)), dimensions
        )
    return value


def _rows(trial: Trial) -> Sequence[Sequence[str | None]]:
    return trial.arguments if isinstance(trial.arguments, list) else [trial.arguments]


def _shown(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_shown, value)) + "]"
    return "NULL" if value is None else str(value)
