"""Random expressions of a type: values, columns, and every operation that gives the type."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import datasets
import samples
from nodes import Node, clause, expression, listed
from operations import OPEN, Catalog, Operation, bound

NUMBERS = ("int2", "int4", "int8", "float4", "float8", "numeric")
TEXTS = ("text", "varchar", "bpchar")
ELEMENTS = ("int4", "text", "numeric", "float8", "bool", "date", "timestamp", "int8")
COMPARABLE = tuple(t for t in datasets.TAME if t not in ("json", "sparsevec", "halfvec", "vector"))
EXTREME_SHARE = 0.12
VALUE = "value "  # what the names of values begin with, among the names of operations


@dataclass(frozen=True)
class Column:
    """A column that an expression may name."""

    sql: str
    type: str


@dataclass
class Expressions:
    """Makes expressions. `columns` are those in scope; `subquery` makes a query of one column of a type."""

    rng: random.Random
    catalog: Catalog
    types: Sequence[str]
    columns: list[Column] = field(default_factory=list)
    subquery: Callable[..., Node] | None = None

    def value(self, type_name: str, depth: int) -> Node:
        """Return an expression of a type."""
        if depth <= 0 or self.rng.random() < 0.12:
            return self.leaf(type_name)
        roll = self.rng.random()
        if roll < 0.62:
            made = self._operation(type_name, depth)
            if made is not None:
                return made
        if type_name == "bool" and roll < 0.9:
            return self._condition(depth)
        if roll < 0.93:
            return self._syntax(type_name, depth)
        return self._nested(type_name)

    def leaf(self, type_name: str) -> Node:
        """Return a column or a literal."""
        known = [column for column in self.columns if column.type == type_name]
        if known and self.rng.random() < 0.65:
            return column(self.rng.choice(known))
        return self.literal(type_name)

    def literal(self, type_name: str, special: Sequence[str] = ()) -> Node:
        """Return a constant: typed, bare where the type allows, rarely NULL."""
        if self.rng.random() < 0.05:
            return constant(type_name, f"NULL::{type_name}")
        if type_name.endswith("[]") and not special and self.rng.random() < 0.08:
            return constant(type_name, f"'{self._matrix(type_name[:-2])}'::{type_name}")
        extreme = self.rng.random() < EXTREME_SHARE
        text = self.rng.choice(list(special or (datasets.extremes if extreme else datasets.of)(type_name)))
        roll = self.rng.random()
        if type_name == "int4" and roll < 0.8 and 0 <= int(text) < 2**31:
            return constant(type_name, text)
        if type_name == "numeric" and roll < 0.5 and text.replace(".", "").isdigit() and "." in text:
            return constant(type_name, text)
        if type_name == "bool" and roll < 0.5:
            return constant(type_name, {"t": "TRUE", "f": "FALSE"}.get(text, text))
        quoted = "'" + text.replace("'", "''") + "'"
        return constant(type_name, f"{quoted}::{type_name}")

    def _matrix(self, type_name: str) -> str:
        """Return an array of two dimensions as a text."""
        cells = [f'"{text}"' for text in datasets.of(type_name) if not set(text) & set("\"'\\")] + ["NULL"]
        width = self.rng.randrange(1, 4)
        rows = [
            "{" + ",".join(self.rng.choices(cells, k=width)) + "}" for _ in range(self.rng.randrange(1, 3))
        ]
        return "{" + ",".join(rows) + "}"

    def argument(self, type_name: str, depth: int, made: Operation, place: int) -> Node:
        """Return what an operation is given: of its type, of one that becomes it, or an unknown literal."""
        special = samples.ARGUMENTS.get((made.name, place))
        named = datasets.NAMES.get(type_name, type_name)
        if special and samples.suits(special, named) and self.rng.random() < 0.8:
            return self.literal(type_name, special)
        if made.kind == "cast" and type_name == "text" and self.rng.random() < 0.4:
            return self.literal("text", datasets.extremes(made.result))
        roll = self.rng.random()
        if roll < 0.1 and self.catalog.implicit.get(type_name):
            others = [name for name in self.catalog.implicit[type_name] if name in self.types]
            if others:
                return self.value(self.rng.choice(others), depth)
        if roll < 0.15 and made.kind == "operator" and place == 1:
            text = self.rng.choice(datasets.of(type_name)).replace("'", "''")
            return constant(type_name, f"'{text}'")
        return self.value(type_name, depth)

    def call(self, made: Operation, depth: int) -> Node:
        """Return an application of an operation."""
        if set((*made.arguments, made.result)) & set(OPEN):
            element = self.rng.choice([name for name in ELEMENTS if name in self.types])
            made = bound(made, element)
        types = list(made.arguments)
        if made.is_variadic:
            types[-1:] = [types[-1].removesuffix("[]")] * self.rng.randrange(1, 4)
        types = [self.rng.choice(ELEMENTS) if name == '"any"' else name for name in types]
        values = [self.argument(name, depth, made, place) for place, name in enumerate(types)]
        return apply(made, values)

    def _operation(self, type_name: str, depth: int) -> Node | None:
        made = self._chosen(type_name)
        if made is None or not set(self._closed(made)) <= set(self.types):
            return None
        return self.call(made, depth - 1)

    def _chosen(self, type_name: str) -> Operation | None:
        """Return an operation that gives a type. By name first: `=` has dozens of types, `atan2` one."""
        element = type_name.removesuffix("[]")
        if element + "[]" in self.types and self.rng.random() < 0.1:
            is_array = type_name.endswith("[]")
            open_ones = ("anyarray", "anycompatiblearray") if is_array else ("anyelement", "anycompatible")
            general = [made for name in open_ones for made in self.catalog.by_result.get(name, ())]
            return bound(self.rng.choice(general), element) if general else None
        names = self.catalog.by_name.get(type_name)
        return self.rng.choice(names[self.rng.choice(list(names))]) if names else None

    def _closed(self, made: Operation) -> list[str]:
        return [name for name in made.arguments if name not in OPEN]

    def _condition(self, depth: int) -> Node:
        type_name = self.rng.choice([name for name in COMPARABLE if name in self.types])
        one, other = self.value(type_name, depth - 1), self.value(type_name, depth - 1)

        def make(*parts: str | Node, uses: str = "") -> Node:
            return expression("bool", *parts, uses=uses)

        match self.rng.randrange(13):
            case 0:
                return make("(", one, " IS NULL)")
            case 1:
                return make("(", one, " IS NOT NULL)")
            case 2:
                return make("(", one, " IS DISTINCT FROM ", other, ")", uses=f"IS DISTINCT FROM({type_name})")
            case 3:
                third = self.value(type_name, depth - 1)
                word = self.rng.choice(["BETWEEN", "NOT BETWEEN", "BETWEEN SYMMETRIC"])
                return make("(", one, f" {word} ", other, " AND ", third, ")", uses=f"{word}({type_name})")
            case 4:
                items = listed([self.value(type_name, 0) for _ in range(self.rng.randrange(1, 5))])
                word = self.rng.choice(["IN", "NOT IN"])
                return make("(", one, f" {word} (", items, "))", uses=f"{word}({type_name})")
            case 5:
                a, b = self.value("bool", depth - 1), self.value("bool", depth - 1)
                return make("(", a, self.rng.choice([" AND ", " OR "]), b, ")")
            case 6:
                return make("(NOT ", self.value("bool", depth - 1), ")")
            case 7:
                word = self.rng.choice(["TRUE", "FALSE", "UNKNOWN", "NOT TRUE", "NOT FALSE", "NOT UNKNOWN"])
                return make("(", self.value("bool", depth - 1), f" IS {word})", uses=f"IS {word}")
            case 8 if f"{type_name}[]" in self.types:
                word = self.rng.choice(["= ANY", "<> ALL", "< ANY", ">= ALL"])
                array = self.value(f"{type_name}[]", depth - 1)
                return make("(", one, f" {word} (", array, "))", uses=f"{type_name} {word} array")
            case 9:
                pattern = self.rng.choice(["a%", "%b%", "_", "", "A%", "%", "a\\%", "%é", "__c"])
                word = self.rng.choice(["LIKE", "NOT LIKE", "ILIKE"])
                return make("(", self.value("text", depth - 1), f" {word} '{pattern}')", uses=word)
            case 10 if self.subquery is not None:
                return self._in_query(one, type_name, make)
            case 11:
                return self._of_rows(one, other, depth, make)
            case _:
                operator = self.rng.choice(["=", "<>", "<", "<=", ">", ">="])
                return make("(", one, f" {operator} ", other, ")", uses=f"{type_name} {operator} {type_name}")

    def _of_rows(self, one: Node, other: Node, depth: int, make: Callable[..., Node]) -> Node:
        """Return a condition on rows as values."""
        name = self.rng.choice([name for name in COMPARABLE if name in self.types])
        a, b = self.value(name, depth - 1), self.value(name, depth - 1)
        roll = self.rng.randrange(4)
        if roll == 0:
            word = self.rng.choice(["IS NULL", "IS NOT NULL"])
            return make("(ROW(", one, ", ", a, f") {word})", uses=f"{VALUE}ROW {word}")
        if roll == 1:
            word = self.rng.choice(["IN", "NOT IN"])
            return make("((", one, ", ", a, f") {word} ((", other, ", ", b, ")))", uses=f"{VALUE}ROW {word}")
        operator = self.rng.choice(["=", "<>", "<", "<=", ">", ">=", "IS DISTINCT FROM"])
        return make(
            "((", one, ", ", a, f") {operator} (", other, ", ", b, "))", uses=f"{VALUE}ROW {operator}"
        )

    def _in_query(self, one: Node, type_name: str, make: Callable[..., Node]) -> Node:
        assert self.subquery is not None
        word = self.rng.choice(["IN", "NOT IN", "= ANY", "<> ALL", "EXISTS", "NOT EXISTS"])
        inner = self.subquery(type_name)
        if "EXISTS" in word:
            return make(f"({word} (", inner, "))", uses=word)
        return make("(", one, f" {word} (", inner, "))", uses=f"{word} (query of {type_name})")

    def _syntax(self, type_name: str, depth: int) -> Node:
        one, other = self.value(type_name, depth - 1), self.value(type_name, depth - 1)
        match self.rng.randrange(8):
            case 0 | 1:
                condition = self.value("bool", depth - 1)
                ending = clause(" ELSE ", other)
                return expression(
                    type_name,
                    "(CASE WHEN ",
                    condition,
                    " THEN ",
                    one,
                    ending,
                    " END)",
                    uses=f"CASE({type_name})",
                )
            case 2:
                return expression(
                    type_name, "COALESCE(", listed([one, other]), ")", uses=f"COALESCE({type_name})"
                )
            case 3 if type_name in COMPARABLE:
                return expression(type_name, "NULLIF(", one, ", ", other, ")", uses=f"NULLIF({type_name})")
            case 4 if type_name in COMPARABLE:
                word = self.rng.choice(["GREATEST", "LEAST"])
                return expression(
                    type_name, f"{word}(", listed([one, other]), ")", uses=f"{word}({type_name})"
                )
            case 5 if type_name.endswith("[]"):
                items = [self.value(type_name[:-2], depth - 1) for _ in range(self.rng.randrange(1, 4))]
                return expression(type_name, "ARRAY[", listed(items), "]", uses=f"ARRAY[{type_name[:-2]}]")
            case 6 if f"{type_name}[]" in self.types:
                array, place = self.value(f"{type_name}[]", depth - 1), self.value("int4", 0)
                return expression(type_name, "(", array, ")[", place, "]", uses=f"{type_name}[][int4]")
            case _:
                return self.value(type_name, depth - 1)

    def _nested(self, type_name: str) -> Node:
        if self.subquery is None:
            return self.leaf(type_name)
        return expression(
            type_name, "(", self.subquery(type_name, is_single=True), ")", uses=f"scalar query({type_name})"
        )


def constant(type_name: str, text: str) -> Node:
    """Return a constant of a type."""
    return expression(type_name, text, uses=VALUE + (text if "::" in text else f"{text} {type_name}"))


def column(made: Column) -> Node:
    """Return a column of a type."""
    return expression(made.type, made.sql, uses=f"{VALUE}column {made.type}")


def apply(made: Operation, values: Sequence[Node]) -> Node:
    """Return an operation of values, as one writes it."""
    uses = str(made)
    if made.kind == "operator" and len(values) == 1:
        return expression(made.result, f"({made.name} ", values[0], ")", uses=uses)
    if made.kind == "operator":
        return expression(made.result, "(", values[0], f" {made.name} ", values[1], ")", uses=uses)
    if made.kind == "cast":
        return expression(made.result, "(", values[0], f")::{made.result}", uses=uses)
    parts: list[str | Node] = [f"{quoted(made.name)}("]
    for place, value in enumerate(values):
        parts += [", ", value] if place else [value]
    return expression(made.result, *parts, ")", uses=uses)


def quoted(name: str) -> str:
    """Return a function's name; some are words of the grammar."""
    words = ("overlay", "position", "substring", "extract", "normalize", "interval", "time", "timestamp",
             "overlaps", "left", "right", "bit", "json_object")  # fmt: skip
    return f'"{name}"' if name in words and name not in ("left", "right", "substring") else name
