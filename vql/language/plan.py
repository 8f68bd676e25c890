"""Plans: frozen values that say how a statement is answered, with every name resolved.

Two kinds of query plan exist. A `SelectPlan` reads one table natively: predicate masks, k-NN
search, projection with numpy. A `RelationalPlan` is everything else: its syntax tree goes to the
DuckDB bridge, which hands vector blocks inside it back to native plans. Plans hold no data of any
snapshot, so one plan serves every thread and every execution; the choice of search strategy stays
open until the mask is known.
"""

from __future__ import annotations

from dataclasses import dataclass

from vql import schema
from vql.language import ast
from vql.types.type import BOOLEAN, Type

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
    """`op` is one of + - *; operands are numbers (no numeric)."""

    op: str
    left: Scalar
    right: Scalar
    type: Type


@dataclass(frozen=True, slots=True)
class Distance:
    """Distance from the vector column at `position` to `query`; smaller is nearer.

    `sign` -1 turns the negative inner product into pgvector's positive `inner_product`.
    """

    position: int
    metric: str
    query: Scalar
    type: Type
    sign: int = 1


@dataclass(frozen=True, slots=True)
class SubqueryValue:
    """An uncorrelated scalar subquery, run once before its statement."""

    plan: SelectPlan
    type: Type


@dataclass(frozen=True, slots=True)
class SubqueryExpression:
    """An expression without columns that DuckDB computes once, as now() - interval '1 hour'."""

    expression: ast.Expression
    type: Type


@dataclass(frozen=True, slots=True)
class RankFusion:
    """`rrf(...)`: the reciprocal rank fusion score of a row, larger is better.

    A leg ranks the statement's rows by one distance; a row at rank i of a leg gets
    weight / (constant + i) from it. Stands alone in the select list and first in ORDER BY.
    """

    legs: tuple[Distance, ...]
    constant: Scalar
    weights: Scalar | None
    depth: Scalar | None
    type: Type


@dataclass(frozen=True, slots=True)
class Condition:
    """A predicate as a boolean value."""

    predicate: Predicate
    type: Type = BOOLEAN


Scalar = (
    Constant | Parameter | ColumnRead | Arithmetic | Distance | SubqueryValue | SubqueryExpression
    | RankFusion | Condition
)  # fmt: skip

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
    """A condition the numpy evaluator has no form for; DuckDB computes it to a boolean column."""

    expression: ast.Expression


Predicate = And | Or | Not | Compare | InList | InArray | LikePattern | IsNull | IsTrue | Residual

# ------------------------------------------------------------------ statements


@dataclass(frozen=True, slots=True)
class Output:
    """One result column; `attribute` is its column's number from 1 where it is a plain column."""

    name: str
    scalar: Scalar
    attribute: int = 0


@dataclass(frozen=True, slots=True)
class OrderKey:
    scalar: Scalar
    descending: bool
    nulls_first: bool


@dataclass(frozen=True, slots=True)
class Moment:
    """AS OF, bound: `kind` is time, version or snapshot."""

    kind: str
    value: Scalar


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
    group: ColumnRead
    rows: Scalar


Search = RangeSearch | FusedSearch | GroupSearch


@dataclass(frozen=True, slots=True)
class SelectPlan:
    """One table, natively.

    `nearest` is set when the first order key is a distance ascending and there is a LIMIT: the rows
    come from a vector search. `key` holds the values of the primary key when the predicate is
    exactly an equality on it. `recall` and `effort` are the statement's own contract. `search` is
    set where vector searches answer another shape than the plain nearest rows. `distinct` counts the
    leading order keys of which only the first row of equal ones stays (DISTINCT ON).
    """

    table: schema.Table
    outputs: tuple[Output, ...]
    predicate: Predicate | None = None
    order: tuple[OrderKey, ...] = ()
    nearest: Distance | None = None
    key: tuple[Scalar, ...] | None = None
    limit: Scalar | None = None
    offset: Scalar | None = None
    as_of: Moment | None = None
    recall: Scalar | None = None
    effort: Scalar | None = None
    search: Search | None = None
    distinct: int = 0


@dataclass(frozen=True, slots=True)
class RelationalPlan:
    """A query for the DuckDB bridge, on the statement's snapshot."""

    query: ast.Query
    as_of: Moment | None = None


@dataclass(frozen=True, slots=True)
class InsertPlan:
    """Rows from VALUES (`rows`, one scalar or None for the default a target column) or a query."""

    table: schema.Table
    positions: tuple[int, ...]
    rows: tuple[tuple[Scalar | None, ...], ...] | None
    query: SelectPlan | RelationalPlan | None
    conflict: ast.Conflict | None = None
    conflict_updates: tuple[tuple[int, Scalar], ...] = ()
    returning: tuple[Output, ...] = ()


@dataclass(frozen=True, slots=True)
class UpdatePlan:
    """`relational` computes the assigned values where numpy cannot: a query over the matched rows
    that returns one column an assignment."""

    table: schema.Table
    assignments: tuple[tuple[int, Scalar | ast.Expression], ...]
    rows: SelectPlan
    returning: tuple[Output, ...] = ()


@dataclass(frozen=True, slots=True)
class DeletePlan:
    table: schema.Table
    rows: SelectPlan
    returning: tuple[Output, ...] = ()


Plan = SelectPlan | RelationalPlan | InsertPlan | UpdatePlan | DeletePlan
