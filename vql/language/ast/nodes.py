"""Expressions and queries: frozen, slotted dataclasses, each with the span of text it came from.

`span` is (start, end) in characters from 0. Names are already folded (unquoted ones lower case).
Nodes hold tuples, never lists, so that a tree can be a cache key. Expressions and statements are
plain unions; code branches on them with `match`.
"""

from __future__ import annotations

from typing import Any

from vql import schema
from vql.dataclass import dataclass
from vql.language.ast.literals import (
    NOWHERE,
    Default,
    Definitions,
    Literal,
    LiteralList,
    LiteralRows,
    Locking,
    Name,
    Parameter,
    Span,
    Star,
    TypeName,
    VectorLiteral,
)
from vql.routines import Routine, RoutineArgument

# The number of a row among those of a vector block, or those an expression is computed over: DuckDB promises
# no order. Of a table that is changed it is the row's id.
ROW = "vql__row"

# ------------------------------------------------------------------ expressions


@dataclass(frozen=True, slots=True)
class Unary:
    """`op`: -, +, NOT, ~, or any prefix operator."""

    op: str
    operand: Expression
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Binary:
    """`op` as written, upper case for words: + - * / % ^ || = <> < <= > >= AND OR, <-> <=> <#> <+>,
    -> ->> @> ~ !~ and others; != is given as <>; IS DISTINCT FROM and IS NOT DISTINCT FROM too."""

    op: str
    left: Expression
    right: Expression
    span: Span = NOWHERE
    at: int = 0  # where the operator stands


@dataclass(frozen=True, slots=True)
class IsTest:
    """`operand IS [NOT] test`; test: NULL, TRUE, FALSE, UNKNOWN."""

    operand: Expression
    test: str
    negated: bool
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class In:
    """`operand [NOT] IN (items)`; items is a Select for a subquery."""

    operand: Expression
    items: tuple[Expression, ...] | LiteralList | Query
    negated: bool
    span: Span = NOWHERE
    at: int = 0  # where the operator stands


@dataclass(frozen=True, slots=True)
class Between:
    operand: Expression
    low: Expression
    high: Expression
    negated: bool
    span: Span = NOWHERE
    at: int = 0  # where the operator stands


@dataclass(frozen=True, slots=True)
class Like:
    """LIKE, or ILIKE where `ignore_case`."""

    operand: Expression
    pattern: Expression
    negated: bool
    ignore_case: bool = False
    escape: Expression | None = None
    span: Span = NOWHERE
    at: int = 0  # where the operator stands


@dataclass(frozen=True, slots=True)
class Quantified:
    """`left op ANY (right)` or ALL; right is an array expression or a Subquery."""

    op: str
    left: Expression
    quantifier: str
    right: Expression
    span: Span = NOWHERE
    at: int = 0  # where the operator stands


@dataclass(frozen=True, slots=True)
class FrameBound:
    """Where a frame begins or ends; `kind`: PRECEDING or FOLLOWING an `offset`, or UNBOUNDED; CURRENT ROW."""

    kind: str
    offset: Expression | None = None
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class FrameClause:
    """`mode`: ROWS, RANGE, GROUPS; `exclude`: CURRENT ROW, GROUP, TIES, NO OTHERS, "" where not said."""

    mode: str
    start: FrameBound
    end: FrameBound | None
    exclude: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """OVER (...)."""

    partition_by: tuple[Expression, ...] = ()
    order_by: tuple[OrderItem, ...] = ()
    frame: FrameClause | None = None
    name: str | None = None
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Call:
    """A function call; `name` has its schema in front where given."""

    name: tuple[str, ...]
    arguments: tuple[Expression, ...]
    distinct: bool = False
    order_by: tuple[OrderItem, ...] = ()
    filter: Expression | None = None
    over: Window | None = None
    argument_names: tuple[str | None, ...] = ()
    within_group: tuple[OrderItem, ...] = ()
    span: Span = NOWHERE
    is_variadic: bool = False  # the last argument is an array of arguments
    candidates: tuple[Candidate, ...] = ()
    among: tuple[tuple[int, str], ...] = ()  # of which routines it is, by what they were called, in a view
    moment: int | None = None  # the number of the one that it is answered at, None for the statement's


@dataclass(frozen=True, slots=True)
class Candidate:
    """A routine that a call may mean: what it `gives`, the query that it is over `columns` of `alias`."""

    routine: Routine
    gives: tuple[RoutineArgument, ...]
    alias: str
    columns: tuple[str, ...]
    query: Query


@dataclass(frozen=True, slots=True)
class Cast:
    """`x::t`, CAST(x AS t) or `t 'literal'`."""

    operand: Expression
    type: TypeName
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Case:
    operand: Expression | None
    whens: tuple[tuple[Expression, Expression], ...]
    otherwise: Expression | None
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Array:
    """ARRAY[...], or `[...]` as a vector or list literal."""

    items: tuple[Expression, ...]
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Row:
    items: tuple[Expression, ...]
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Subscript:
    """`operand[index]`, or `operand[low:high]` where `is_slice`; one of several of the same array, where its
    operand is a subscript too, but for `(a[2:3])[1]`: that `is_of_group`."""

    operand: Expression
    index: Expression | None
    high: Expression | None = None
    is_slice: bool = False
    span: Span = NOWHERE
    is_of_group: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """`(operand).name`."""

    operand: Expression
    name: str
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class WithField:
    """`operand`, of the column that it is assigned to, with `value` in its field `name`."""

    operand: Expression
    column: str
    name: str
    value: Expression
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class WithElements:
    """The array that `target` is a part of, of the column that it is assigned to, with `value` there."""

    target: Subscript
    column: str
    value: Expression
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Subquery:
    """A query as a value."""

    query: Query
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Exists:
    query: Query
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class ArrayQuery:
    """ARRAY(SELECT ...)."""

    query: Query
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Extract:
    """EXTRACT(field FROM operand)."""

    field: str
    operand: Expression
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Collate:
    operand: Expression
    collation: tuple[str, ...]
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class SqlJson:
    """A function of SQL/JSON: the `call`, of what is paired keys and values in turn; where arguments are said
    to be json, 0 of others; its clauses: their kind, words, what they name, and where they stand; and the
    `query` whose rows it takes instead. IS JSON is called `is json`."""

    call: Call
    formatted: tuple[int, ...] = ()
    clauses: tuple[tuple[str, str, Any, int], ...] = ()
    query: Query | None = None
    span: Span = NOWHERE


Expression = (
    Literal | Parameter | Name | Star | Unary | Binary | IsTest | In | Between | Like | Quantified
    | Call | Cast | Case | Array | VectorLiteral | Row | Subscript | Field | Subquery | Exists
    | ArrayQuery | Extract | Collate | Default | WithField | WithElements | SqlJson
)  # fmt: skip


def operator_span(node: Binary | In | Between | Like | Quantified) -> Span:
    """Return where the operator stands of a node that has one."""
    return (node.at, node.at) if node.at else node.span


# ------------------------------------------------------------------ queries


@dataclass(frozen=True, slots=True)
class OrderItem:
    """`nulls`: FIRST, LAST or None (Postgres' default: last for ASC, first for DESC)."""

    expression: Expression
    descending: bool = False
    nulls: str | None = None
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class SelectItem:
    """An output; `origin`: the view and the number of its column in whose place a table's stands."""

    expression: Expression
    alias: str | None = None
    span: Span = NOWHERE
    origin: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class AsOf:
    """A moment. `kind`: time (value is an expression), version, snapshot. With `until`, of VERSIONS BETWEEN,
    what is read is what was changed from this moment to that one."""

    kind: str
    value: Expression
    span: Span = NOWHERE
    until: AsOf | None = None


@dataclass(frozen=True, slots=True)
class TableRef:
    """A table in FROM. `name` with its schema in front where given. `as_of` is set only when the
    moment is the table's own; a trailing bare AS OF belongs to the statement. One that `has_ids` has the ids
    of its rows as a further column ROW. A `frame` is a parameter that is a table itself."""

    name: tuple[str, ...]
    alias: str | None = None
    columns: tuple[str, ...] = ()
    as_of: AsOf | None = None
    span: Span = NOWHERE
    has_ids: bool = False
    frame: Parameter | None = None


@dataclass(frozen=True, slots=True)
class QueryRef:
    """A subquery in FROM; `view` is that of a view's query: its schema, "" where it has an alias; `view_id`
    that of the view itself, 0 of what stands for a table. One that `is_barrier` hides rows from conditions
    that stand outside of it."""

    query: Query
    alias: str | None = None
    columns: tuple[str, ...] = ()
    lateral: bool = False
    span: Span = NOWHERE
    view: str | None = None
    is_barrier: bool = False
    view_id: int = 0


@dataclass(frozen=True, slots=True)
class CallRef:
    """A function in FROM, as generate_series(1, 10) [WITH ORDINALITY] AS t(a, b), or several side by side;
    `definitions` are empty, or of each call the names and types of its columns, where it says them."""

    calls: tuple[Call, ...]
    alias: str | None = None
    columns: tuple[str, ...] = ()
    lateral: bool = False
    ordinality: bool = False
    definitions: tuple[Definitions, ...] = ()
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Join:
    """`kind`: INNER, LEFT, RIGHT, FULL, CROSS; `natural` excludes `on` and `using`."""

    kind: str
    left: From
    right: From
    on: Expression | None = None
    using: tuple[str, ...] = ()
    natural: bool = False
    span: Span = NOWHERE


From = TableRef | QueryRef | CallRef | Join


@dataclass(frozen=True, slots=True)
class CommonTable:
    """One WITH item; `materialized`: True, False or None where unsaid."""

    name: str
    columns: tuple[str, ...]
    query: Query
    materialized: bool | None = None
    span: Span = NOWHERE
    walks: tuple[Walk, ...] = ()


@dataclass(frozen=True, slots=True)
class Walk:
    """SEARCH or CYCLE of a WITH item: `kind` depth, breadth or cycle, the columns that a row is known `by`,
    the `names` that are SET, of a cycle its mark and its path; `marks` are what TO and DEFAULT say."""

    kind: str
    by: tuple[str, ...]
    names: tuple[str, ...]
    marks: tuple[Expression, ...] = ()
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Select:
    """SELECT. FROM items separated by commas stay a tuple. `options` is LIMIT n WITH (...) or a
    trailing WITH (...), as (name, value) pairs; `distinct_on` is DISTINCT ON (...); `per` is LIMIT n
    PER column rows; `ties` is where FETCH says WITH TIES. In INSERT its columns are assigned to `targets`."""

    items: tuple[SelectItem, ...]
    sources: tuple[From, ...] = ()
    where: Expression | None = None
    group_by: tuple[Expression, ...] = ()
    having: Expression | None = None
    order_by: tuple[OrderItem, ...] = ()
    limit: Expression | None = None
    offset: Expression | None = None
    as_of: AsOf | None = None
    distinct: bool = False
    distinct_on: tuple[Expression, ...] = ()
    with_: tuple[CommonTable, ...] = ()
    recursive: bool = False
    windows: tuple[tuple[str, Window], ...] = ()
    options: tuple[tuple[str, Expression], ...] = ()
    per: tuple[Expression, Expression] | None = None
    locking: Locking | None = None
    span: Span = NOWHERE
    ties: Span | None = None
    targets: tuple[schema.Column, ...] = ()


@dataclass(frozen=True, slots=True)
class Values:
    """VALUES (...), (...): in INSERT, in FROM or alone. LiteralRows stand in INSERT and in FROM and WITH of
    queries, DEFAULT in INSERT alone; there each value is assigned by itself to a column, one of `targets`."""

    rows: tuple[tuple[Expression, ...], ...] | LiteralRows
    order_by: tuple[OrderItem, ...] = ()
    limit: Expression | None = None
    offset: Expression | None = None
    with_: tuple[CommonTable, ...] = ()
    recursive: bool = False
    as_of: AsOf | None = None
    span: Span = NOWHERE
    targets: tuple[schema.Column, ...] = ()
    ties: Span | None = None


@dataclass(frozen=True, slots=True)
class SetOperation:
    """`op`: UNION, INTERSECT, EXCEPT. ORDER BY, LIMIT and WITH are the whole's."""

    op: str
    all: bool
    left: Query
    right: Query
    order_by: tuple[OrderItem, ...] = ()
    limit: Expression | None = None
    offset: Expression | None = None
    with_: tuple[CommonTable, ...] = ()
    recursive: bool = False
    as_of: AsOf | None = None
    span: Span = NOWHERE
    ties: Span | None = None


Query = Select | Values | SetOperation
