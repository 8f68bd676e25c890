"""What an index kind is. docs/index-kinds.md makes one of a third party, step by step.

A kind turns columns of a sealed segment into named arrays (`build`), which are written to a file of
their own and mapped, and gives them back a form in which they answer (`open`). There are two forms:

* `CandidateIndex` proposes rows that may be among the nearest to a query. It need not be right: distances
  are computed exactly from the columns, rows that do not pass are left out, and where fewer than
  min(k, passing rows) are left the exact scan answers.
* `vql.storage.index.sorted.ScalarIndex` says which rows pass a comparison, and must be right.

A kind knows neither tables nor files nor versions: rows are named by their offset in the segment, from 0,
deleted rows are among them, and NULL rows are zeros that `Column.valid` marks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np

from vql import schema
from vql.dataclass import dataclass
from vql.settings.parameters import Option
from vql.storage.columns.column import Column
from vql.types.forms.ndarrays import I64, U8, Bools
from vql.types.type import Type

# Reports a phase and how much of it is done, from 0 to 1; raises QueryCanceled where the build is to end.
Step = Callable[[str, float], None]
# The blobs of an index file: mapped, read-only, valid as long as something refers to them.
Blobs = Mapping[str, memoryview]


class Device(NamedTuple):
    """What a build may use: at most so many threads at once."""

    threads: int = 1


@dataclass(frozen=True, slots=True)
class BuiltIndex:
    """`info` stays in the manifest as JSON; `blobs` go to the index file, a few bytes to 4 GiB each, and
    may be none."""

    info: dict[str, Any]
    blobs: Mapping[str, bytes | np.ndarray]


class RowMask(Protocol):
    """The rows of a segment that pass: `count` of `rows`, as sorted offsets `ids` (count,) int64 or as `bits`
    uint8, row i being bit i % 8 of byte i // 8. Each form is made when it is first asked for."""

    count: int
    rows: int

    @property
    def ids(self) -> I64: ...

    @property
    def bits(self) -> U8: ...

    def passes(self, offsets: I64) -> Bools:
        """Return whether each of some offsets passes."""
        ...


class Candidates(NamedTuple):
    """Offsets (n,) of rows that may be among the nearest, in any order, and the effort that it took (lists,
    tables, nodes), for EXPLAIN alone."""

    offsets: I64
    effort: int


class CandidateIndex(Protocol):
    """An opened index of one segment; many threads ask it at once. `name` is what EXPLAIN calls it."""

    name: str

    def candidates(
        self, query: Any, k: int, recall: float, mask: RowMask | None, effort: int | None
    ) -> Candidates | None:
        """Return rows that hold, by expectation, the share `recall` (below 1) of the k nearest that pass;
        None where an exact scan is as good.

        `query` is a value of the column's type (vector: float32 (dim,), halfvec: float16 (dim,), bit: bool
        (bits,), sparsevec: SparseVector), never one without a direction by cosine. `mask` leaves out NULL
        rows too; None passes all. More than k candidates cost a distance each; rows that do not pass are
        ignored. `effort` is one the user has set.
        """
        ...

    def cost_us(self, k: int, recall: float, passing: int) -> float:
        """Return about how many microseconds `candidates` takes; infinity where it gives None."""
        ...


@runtime_checkable
class IndexKind(Protocol):
    """One way to index columns, under the name of an access method (USING name). Immutable; many threads
    use it at once.

    `options` are those of WITH, besides `metric` and `recall`, which are read by others. `needs_opclass`
    says whether an operator class must be named, where otherwise the type's first is taken.
    `many_columns` says whether an index may have several columns. `opclasses` are the operator classes that
    may be named where there is no metric, any where there are none. `layout` numbers the form of the blobs:
    an index of another one is not opened but built anew. `verified_later` names blobs that may be large and
    that, damaged, can do no worse than propose bad candidates or raise: they are verified soon after the
    index is opened, all others before.
    """

    options: Mapping[str, Option] = MappingProxyType({})
    needs_opclass: bool = False
    many_columns: bool = False
    opclasses: Collection[str] = frozenset()
    layout: int = 1
    verified_later: Collection[str] = frozenset()

    def accepts(self, type_: Type, metric: str) -> bool:
        """Whether columns of a type can be indexed for a metric, "" for comparisons."""
        ...

    def check(self, options: Mapping[str, float | str]) -> None:
        """Raise InvalidParameterValue where options, each within its bounds, do not go together."""
        return None

    def build(
        self, columns: Sequence[Column], definition: schema.Index, device: Device, step: Step
    ) -> BuiltIndex:
        """Build an index over the rows of a segment; slow. Raises what `step` does, and nothing for odd
        data: an index that is of no use has no blobs, and opens as None."""
        ...

    def open(self, columns: Sequence[Column], metric: str, info: Mapping[str, Any], blobs: Blobs) -> Any:
        """Return the opened index, without copying its blobs; None where there is nothing to ask."""
        ...

    def describe(self, info: Mapping[str, Any]) -> str:
        """Return in a word or two what was built, for `vql_indexes`."""
        ...
