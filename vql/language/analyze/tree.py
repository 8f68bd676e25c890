"""Queries with every type known: what analysis makes of a syntax tree.

Nodes are frozen. Every expression has a `type`; nothing is as_type without a `Coerce` that says so. Names
are PostgreSQL's own for the nodes of a query tree, as far as there is one.
"""

from __future__ import annotations

from dataclasses import field

from vql.dataclass import dataclass
from vql.functions.declare import Conversion, Function
from vql.language.ast import NOWHERE, Span
from vql.language.ast.walk import nodes_of
from vql.types.type import BOOLEAN, Type

# ------------------------------------------------------------------ expressions


@dataclass(frozen=True, slots=True, eq=False)
class Const:
    """A value, in its internal form (`vql.functions.declare`); the text itself where the type is unknown.
    Constants are equal that are written alike: a value may be a list or an array."""

    value: object
    type: Type
    span: Span = field(default=NOWHERE, compare=False)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Const) and self.type == other.type and repr(self.value) == repr(other.value)

    def __hash__(self) -> int:
        return hash(self.type)


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter of the statement."""

    index: int
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Var:
    """A column of a relation in FROM; `relation` is None for one of a query's own."""

    relation: str | None
    column: str
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class FuncExpr:
    """A function or operator applied to values of the types it takes."""

    function: Function
    arguments: tuple[Expr, ...]
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class FrameEnd:
    """Where a frame begins or ends, as `vql.language.ast.FrameBound` says."""

    kind: str
    offset: Expr | None = None


@dataclass(frozen=True, slots=True)
class WindowFrame:
    """Which rows of a window an aggregate is of."""

    mode: str
    start: FrameEnd
    end: FrameEnd
    exclude: str = ""


@dataclass(frozen=True, slots=True)
class WindowDef:
    """What stands behind OVER."""

    partition_by: tuple[Expr, ...] = ()
    order_by: tuple[SortKey, ...] = ()
    frame: WindowFrame | None = None


@dataclass(frozen=True, slots=True)
class Aggref:
    """An aggregate, or with `over` a window function; `direct` are those arguments of an ordered-set one that
    are of groups, and not of their rows."""

    function: Function
    arguments: tuple[Expr, ...]
    type: Type
    distinct: bool = False
    order_by: tuple[SortKey, ...] = ()
    filter: Expr | None = None
    over: WindowDef | None = None
    is_star: bool = False
    span: Span = field(default=NOWHERE, compare=False)
    direct: tuple[Expr, ...] = ()


@dataclass(frozen=True, slots=True)
class Coerce:
    """A value as another type: by a conversion, element by element where `is_elementwise`, through its text
    form where `by_text`, by its modifier alone where neither is given. Where it `is_literal`, what is wrong
    with it is told whether there are rows or not."""

    operand: Expr
    type: Type
    conversion: Conversion | None = None
    by_text: bool = False
    is_elementwise: bool = False
    is_explicit: bool = False
    span: Span = field(default=NOWHERE, compare=False)
    is_literal: bool = False


@dataclass(frozen=True, slots=True)
class CoerceToDomain:
    """A value, or each element of an array where the type is one of domains, that has passed what a domain
    asks: `check` gets the value and `conditions` about the column `vql__value`, and returns it or raises."""

    operand: Expr
    type: Type
    check: Function
    conditions: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class BoolExpr:
    """AND, OR (two operands or more), NOT."""

    op: str
    operands: tuple[Expr, ...]
    type: Type = BOOLEAN


@dataclass(frozen=True, slots=True)
class BooleanTest:
    """IS [NOT] NULL, TRUE, FALSE, UNKNOWN."""

    operand: Expr
    test: str
    negated: bool
    type: Type = BOOLEAN


@dataclass(frozen=True, slots=True)
class DistinctExpr:
    """IS [NOT] DISTINCT FROM: operands of one type, that there is an equality of."""

    left: Expr
    right: Expr
    negated: bool
    type: Type = BOOLEAN


@dataclass(frozen=True, slots=True)
class CaseExpr:
    """CASE WHEN ...; one with an operand has become comparisons."""

    whens: tuple[tuple[Expr, Expr], ...]
    otherwise: Expr
    type: Type


@dataclass(frozen=True, slots=True)
class ChoiceExpr:
    """`kind`: coalesce, greatest, least; arguments of one type."""

    kind: str
    arguments: tuple[Expr, ...]
    type: Type


@dataclass(frozen=True, slots=True)
class NullIfExpr:
    """NULL where the equality holds, else its first argument, as the equality takes it."""

    equality: Expr
    value: Expr
    type: Type


@dataclass(frozen=True, slots=True)
class ArrayExpr:
    """ARRAY[...]; items are elements, or arrays of one dimension less."""

    items: tuple[Expr, ...]
    type: Type


@dataclass(frozen=True, slots=True)
class RowExpr:
    """ROW(...), or a whole row of a relation, whose columns are then named. One that is `nullable` stands
    on a side of an outer join that may have no row: all its items are NULL then, and it is. One `is_whole`,
    of a relation, is a value: it compares as one, and not member by member."""

    items: tuple[Expr, ...]
    names: tuple[str, ...]
    type: Type
    nullable: bool = False
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class InExpr:
    """IN a list: `left op item` for any item; items have one type."""

    function: Function
    left: Expr
    items: tuple[Expr, ...]
    negated: bool
    type: Type = BOOLEAN


@dataclass(frozen=True, slots=True)
class ArrayComparison:
    """`left op ANY (array)` or ALL."""

    function: Function
    left: Expr
    right: Expr
    is_any: bool
    type: Type = BOOLEAN


@dataclass(frozen=True, slots=True)
class SubLink:
    """A query in an expression. `kind`: scalar, exists, array; or any, all, row, whose `test` compares with a
    row of the query, whose columns are those of `vql__row`."""

    kind: str
    query: Query
    type: Type
    test: Expr | None = None
    negated: bool = False


@dataclass(frozen=True, slots=True)
class GroupingFunc:
    """GROUPING(...): which keys a row of GROUPING SETS is not grouped by, a bit each."""

    arguments: tuple[Expr, ...]
    type: Type
    spans: tuple[Span, ...] = field(default=(), compare=False)  # of the arguments


Expr = (
    Const | Param | Var | FuncExpr | Aggref | Coerce | CoerceToDomain | BoolExpr | BooleanTest | DistinctExpr
    | CaseExpr | ChoiceExpr | NullIfExpr | ArrayExpr | RowExpr | InExpr | ArrayComparison | SubLink
    | GroupingFunc
)  # fmt: skip

# ------------------------------------------------------------------ queries


@dataclass(frozen=True, slots=True)
class SortKey:
    """A key of ORDER BY; `target` is the place of an output column it is, from 0, -1 for none."""

    expression: Expr
    descending: bool
    nulls_first: bool
    target: int = -1


@dataclass(frozen=True, slots=True)
class Target:
    """An output column: its name for the user, and the one it has for what reads the query; `origin` where it
    is said to be a view's."""

    expression: Expr
    name: str
    column: str
    origin: tuple[int, int] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class OutputColumn:
    """What a query or relation offers under a name; `column` is unique among its columns. One of the
    system is found by its name alone: no `*` and no row has it. `origin`: the id of the table whose column
    it is, and that column's number; 0 where it is none. `fields` are what is known of those of records."""

    name: str
    column: str
    type: Type
    is_system: bool = False
    origin: tuple[int, int] = field(default=(0, 0), compare=False)
    fields: tuple[tuple[str, Type], ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class RangeTable:
    """A relation by its `name`: a common table, or one that the query reads; with `streamed` its columns have
    these names in a stream of rows. `key`: the places of a primary key's columns; `schema` of a table, and
    the type of its rows where all columns are read. The last columns are those of the `system` that
    are read, each with the value that all of its rows have. `unread`: the
    names of columns that the query does not name, for the hint of one that it misspells."""

    name: str
    alias: str
    columns: tuple[OutputColumn, ...]
    streamed: tuple[str, ...] = ()
    key: tuple[int, ...] = ()
    schema: str = ""
    row_type: Type | None = None
    system: tuple[tuple[OutputColumn, int], ...] = ()
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RangeQuery:
    """A sub-query in FROM."""

    query: Query
    alias: str
    columns: tuple[OutputColumn, ...]
    lateral: bool


@dataclass(frozen=True, slots=True)
class RangeFunction:
    """Calls in FROM, side by side; what gives fewer rows than another is NULL behind its last."""

    calls: tuple[Expr, ...]
    alias: str
    columns: tuple[OutputColumn, ...]
    ordinality: bool


@dataclass(frozen=True, slots=True)
class JoinExpr:
    """A join; what USING says has become its condition."""

    kind: str
    left: FromItem
    right: FromItem
    on: Expr | None


FromItem = RangeTable | RangeQuery | RangeFunction | JoinExpr


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryTail:
    """What may follow any query, and what may precede it."""

    columns: tuple[OutputColumn, ...]
    order_by: tuple[SortKey, ...] = ()
    limit: Expr | None = None
    offset: Expr | None = None
    common: tuple[CommonExpr, ...] = ()
    recursive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectQuery(QueryTail):
    """SELECT."""

    targets: tuple[Target, ...]
    sources: tuple[FromItem, ...] = ()
    where: Expr | None = None
    group_by: tuple[Expr, ...] = ()
    grouping_sets: tuple[tuple[int, ...], ...] = ()  # of places in group_by; none where it is one set
    having: Expr | None = None
    distinct: bool = False
    distinct_on: tuple[Expr, ...] = ()
    dependent: tuple[Var, ...] = ()  # columns that the keys of GROUP BY determine


@dataclass(frozen=True, slots=True, kw_only=True)
class ValuesQuery(QueryTail):
    """VALUES: rows of one type a column."""

    rows: tuple[tuple[Expr, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetQuery(QueryTail):
    """UNION, INTERSECT, EXCEPT of queries of the same types."""

    op: str
    all: bool
    left: Query
    right: Query


@dataclass(frozen=True, slots=True)
class CommonExpr:
    """A query of WITH."""

    name: str
    query: Query
    columns: tuple[OutputColumn, ...] = field(default=())
    materialized: bool | None = None


Query = SelectQuery | ValuesQuery | SetQuery


def is_of_session(node: Coerce) -> bool:
    """Whether a cast depends on what the session says."""
    if node.conversion is not None:
        return node.conversion.needs_environment
    return node.by_text and (node.type.is_array or node.type.base.category in "DT")


def is_volatile(part: object) -> bool:
    """Whether a part of a query would have another value, or another effect, were it computed once more."""
    return any(call.function.volatility == "volatile" for call in nodes_of(part, FuncExpr))
