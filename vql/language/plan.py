"""Bound statements and plans: frozen values with every name resolved.

Binding makes a `TableQuery` of a query over one table that numpy can answer, and a `Relational` of
everything else. Planning (`vql.language.planner`) chooses how: a `SelectPlan` is a TableQuery with the way
to its rows (`access`), a `RelationalPlan` is a syntax tree for the DuckDB bridge with the vector blocks
cut out of it. Plans hold no data of any snapshot, so one plan serves every thread and every execution;
the choice of search strategy stays open until the mask is known.
"""

from __future__ import annotations

from typing import ClassVar

from vql import schema
from vql.constraints import UniqueKey
from vql.dataclass import dataclass
from vql.functions.declare import Function
from vql.language import ast
from vql.language.analyze import tree
from vql.types.type import BOOLEAN, Type

READ = "vql__read{}"
ROWS = "vql__rows"

# ------------------------------------------------------------------ scalars


@dataclass(frozen=True, slots=True)
class Constant:
    """A canonical Python value of `type` (vectors as bytes of float32, to stay hashable)."""

    value: object
    type: Type


@dataclass(frozen=True, slots=True)
class Parameter:
    """Parameter `index` from 0, coerced to `type` when bound."""

    index: int
    type: Type


@dataclass(frozen=True, slots=True)
class ColumnRead:
    """Column at `position` of the plan's table."""

    position: int
    type: Type


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`op` is one of + - * / %; operands are numbers, which become ones of `type`."""

    op: str
    left: Scalar
    right: Scalar
    type: Type


@dataclass(frozen=True, slots=True)
class Converted:
    """A number or truth value as one of another type, by a declared cast."""

    operand: Scalar
    type: Type


@dataclass(frozen=True, slots=True)
class Distance:
    """Distance from the vector column at `position` to `query`; smaller is nearer.

    `sign` -1 turns the negative inner product into pgvector's positive `inner_product`, a score.
    """

    position: int
    metric: str
    query: Scalar
    type: Type
    sign: int = 1


@dataclass(frozen=True, slots=True)
class SubqueryValue:
    """An uncorrelated scalar subquery, run once before its statement."""

    plan: TableQuery
    type: Type


@dataclass(frozen=True, slots=True)
class SubqueryExpression:
    """An expression without columns that DuckDB computes once, as now() - interval '1 hour'."""

    expression: ast.Expression
    type: Type


@dataclass(frozen=True, slots=True, eq=False)
class Once:
    """An expression without columns, the same for all rows of an execution; where it `is_stable`, maybe not
    that of another one with the same parameters."""

    query: RelationalPlan
    type: Type
    is_stable: bool


@dataclass(frozen=True, slots=True)
class RankFusion:
    """`rrf(...)`: the reciprocal rank fusion score of a row, larger is better.

    A leg ranks the statement's rows by one distance; a row at rank i of a leg gets
    weight / (constant + i) from it. Stands alone in the select list and first in ORDER BY.
    """

    sign: ClassVar[int] = -1
    legs: tuple[Distance | TextRank, ...]
    constant: Scalar
    weights: Scalar | None
    depth: Scalar | None
    type: Type


@dataclass(frozen=True, slots=True)
class TextRank:
    """How well the text columns at `positions` meet `query`, by the lists of an index: smaller is better.
    Stands alone in the select list and first in ORDER BY, or in rrf()."""

    sign: ClassVar[int] = 1
    positions: tuple[int, ...]
    index: schema.Index
    query: Scalar
    type: Type


@dataclass(frozen=True, slots=True)
class Condition:
    """A predicate as a boolean value."""

    predicate: Predicate
    type: Type = BOOLEAN


@dataclass(frozen=True, slots=True)
class Computed:
    """A value that RETURNING asks for, which DuckDB computes."""

    residual: Residual
    type: Type


Scalar = (
    Constant | Parameter | ColumnRead | Arithmetic | Converted | Distance | SubqueryValue | SubqueryExpression
    | Once | RankFusion | TextRank | Condition | Computed
)  # fmt: skip

# What a search ranks rows by. Inside, ranks are smaller the better: `sign` 1 is a distance, which is its
# own rank, -1 a score, which is the negative of it.
Ranking = Distance | RankFusion | TextRank

# ------------------------------------------------------------------ predicates


@dataclass(frozen=True, slots=True)
class And:
    items: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Or:
    items: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Not:
    item: Predicate


@dataclass(frozen=True, slots=True)
class Compare:
    """`op`: = <> < <= > >=."""

    op: str
    left: Scalar
    right: Scalar


@dataclass(frozen=True, slots=True)
class InList:
    operand: Scalar
    items: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class InArray:
    """`operand = ANY (array)`; the array is one parameter or constant, a list."""

    operand: Scalar
    array: Scalar


@dataclass(frozen=True, slots=True)
class ElementTest:
    """What elements an array column has: `op` = ANY the value, = ALL no other than the value, && one of the
    values, @> all of them, <@ no others. Values are one value, or an array or the elements of one."""

    array: ColumnRead
    op: str
    values: Scalar | tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class OperatorTest:
    """Whether an operator, as it is declared, is true of a column and a value: each distinct value of the
    column is asked once, or an index of it."""

    operand: ColumnRead
    operator: Function
    value: Scalar


@dataclass(frozen=True, slots=True)
class LikePattern:
    operand: Scalar
    pattern: Scalar
    ignore_case: bool


@dataclass(frozen=True, slots=True)
class IsNull:
    operand: Scalar


@dataclass(frozen=True, slots=True)
class IsTrue:
    """A boolean scalar used as a predicate."""

    operand: Scalar


@dataclass(frozen=True, slots=True)
class Residual:
    """An expression that the numpy evaluator has no form for: a conjunct of WHERE, or a value assigned.
    It is computed over rows to a column, of the columns at `positions` of a `table` that it calls `alias`.
    Planned, it is a `query` over a relation ROWS of them: its value, and the number of the row."""

    expression: ast.Expression
    table: schema.Table
    positions: tuple[int, ...]
    alias: str
    query: RelationalPlan | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(self.table.columns[position].name for position in self.positions)


Predicate = (
    And
    | Or
    | Not
    | Compare
    | InList
    | InArray
    | ElementTest
    | OperatorTest
    | LikePattern
    | IsNull
    | IsTrue
    | Residual
)


def conjuncts_of(predicate: Predicate | None) -> tuple[Predicate, ...]:
    """Return the operands of a tree of ANDs, left to right."""
    match predicate:
        case None:
            return ()
        case And(items=items):
            return tuple(inner for item in items for inner in conjuncts_of(item))
    return (predicate,)


def all_of(items: tuple[Predicate, ...]) -> Predicate | None:
    """Return the condition that all of some hold; None for none."""
    return None if not items else items[0] if len(items) == 1 else And(items)


# ------------------------------------------------------------------ statements


@dataclass(frozen=True, slots=True)
class Output:
    """One result column; `attribute` is its column's number from 1 where it is a plain column, of the table,
    or of the `view` of an id."""

    name: str
    scalar: Scalar
    attribute: int = 0
    view: int = 0


@dataclass(frozen=True, slots=True)
class OrderKey:
    scalar: Scalar
    descending: bool
    nulls_first: bool


@dataclass(frozen=True, slots=True)
class Moment:
    """AS OF, bound: `kind` is now, time, version or snapshot. With `until` it is the changes from one moment
    to another."""

    kind: str
    value: Scalar
    until: Moment | None = None


# ------------------------------------------------------------------ queries


@dataclass(frozen=True, slots=True)
class TableQuery:
    """A query over one table, bound, at the statement's moment or at that of a `number`.

    `recall` and `effort` are the statement's own contract. `group` is LIMIT n PER column m. `distinct`
    counts the leading order keys of which only the first row of equal ones stays (DISTINCT ON).
    """

    table: schema.Table
    outputs: tuple[Output, ...]
    predicate: Predicate | None = None
    order: tuple[OrderKey, ...] = ()
    limit: Scalar | None = None
    offset: Scalar | None = None
    as_of: Moment | None = None
    recall: Scalar | None = None
    effort: Scalar | None = None
    group: tuple[ColumnRead, Scalar] | None = None
    distinct: int = 0
    locking: ast.Locking | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """What a query for DuckDB reads: the columns at `positions` of a table, by the `name` that its statement
    has for it, a relation of the catalog where there are none; those of rows that are `given`; what the
    vector block of a number gives; or the row of a `sequence`."""

    name: tuple[str, ...] = ()
    positions: tuple[int, ...] = ()
    block: int | None = None
    sequence: int = 0
    given: bool = False


@dataclass(frozen=True, slots=True)
class Analyzed:
    """A query with its types. The relations in it that are not its own are called READ with their place in
    `reads`. `has_lateral` tells that it may have k-NN joins, which are answered before the rest."""

    query: tree.Query
    reads: tuple[Read, ...]
    has_lateral: bool


@dataclass(frozen=True, slots=True)
class JoinLock:
    """FOR UPDATE and its kin over a join, whose last columns are the primary keys of the `tables` whose rows
    are locked. `limit` and `offset` are of the rows that are locked, where others are passed over."""

    locking: ast.Locking
    tables: tuple[schema.Table, ...]
    limit: Scalar | None = None
    offset: Scalar | None = None

    @property
    def width(self) -> int:
        """How many columns the keys have."""
        return sum(len(table.primary_key) for table in self.tables)


@dataclass(frozen=True, slots=True)
class Relational:
    """A query for DuckDB; `analyzed` where that needs no plan of a part of it."""

    query: ast.Query
    as_of: Moment | None = None
    analyzed: Analyzed | None = None
    lock: JoinLock | None = None


# ------------------------------------------------------------------ ways to the rows


@dataclass(frozen=True, slots=True)
class Scan:
    """Every row that passes, sorted."""


@dataclass(frozen=True, slots=True)
class KeyLookup:
    """The row of a unique key, by the values of its columns, if it passes the `rest` of the predicate, too.
    `compared` are the conditions that give the key."""

    key: tuple[Scalar, ...]
    unique: UniqueKey
    compared: tuple[Predicate, ...]
    rest: Predicate | None = None


@dataclass(frozen=True, slots=True)
class Nearest:
    """The first rows by one distance."""

    distance: Distance


@dataclass(frozen=True, slots=True)
class TextSearch:
    """The first rows by the words of a text."""

    rank: TextRank


@dataclass(frozen=True, slots=True)
class RangeSearch:
    """Rows whose distance meets `conditions`, found by searching ever more of the nearest.

    `near` orders by the distance under the rest of the predicate. A row farther than one of
    `ceilings` (value, sign of the distance it was compared with) meets no condition. `alike` are the
    parameters that must hold the query of `near`, one query given more than once.
    """

    near: SelectPlan
    conditions: tuple[Predicate, ...]
    ceilings: tuple[tuple[Scalar, int], ...]
    alike: tuple[Scalar, ...] = ()


@dataclass(frozen=True, slots=True)
class FusedSearch:
    """An order by several distances together: a weighted sum of them, or their ranks. Each leg
    orders by one distance, under the whole predicate."""

    legs: tuple[SelectPlan, ...]


@dataclass(frozen=True, slots=True)
class GroupSearch:
    """LIMIT n PER column m: the first n groups in the plan's order, and of each its first `rows`
    rows; `near` is the order without groups."""

    near: SelectPlan
    column: ColumnRead
    rows: Scalar


Access = Scan | KeyLookup | Nearest | TextSearch | RangeSearch | FusedSearch | GroupSearch


@dataclass(frozen=True, slots=True)
class SelectPlan(TableQuery):
    """A TableQuery and how its rows are found.

    `nearest` is set where the first order key is a distance, nearest first, and there is a LIMIT: where
    `access` cannot answer for the values of an execution, a search for the nearest rows can, and
    otherwise a scan.
    """

    access: Access = Scan()
    nearest: Distance | None = None

    @property
    def ranking(self) -> Ranking | None:
        """What the first order key ranks by, where that is a distance or a score."""
        first = self.order[0].scalar if self.order else None
        return first if isinstance(first, Ranking) else None


@dataclass(frozen=True, slots=True)
class RelationalPlan(Relational):
    """A query for the DuckDB bridge, on the statement's snapshot. `blocks` are the vector searches of one
    table in it and the queries that lock rows, with their plans: answered first, they stand in the query as
    tables of their few rows, with their number as the last column where the block asks for ROW."""

    blocks: tuple[tuple[ast.Select, SelectPlan | RelationalPlan], ...] = ()


def is_numbered(block: ast.Select) -> bool:
    """Whether a vector block gives the number of each row as its last column."""
    return bool(block.items) and block.items[-1].expression == ast.Name((ast.ROW,))


Query = TableQuery | Relational
