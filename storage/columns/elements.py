"""The elements of arrays by code: which of some distinct arrays have an element.

A column of arrays keeps each distinct array once, as a text of JSON. `Elements` numbers their distinct
elements, and has for each place of each array its element and its array. Immutable.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import chain

import numpy as np

from vql.types.arrays.dimensions import kept_elements
from vql.types.forms.ndarrays import I32, Bools


class Elements:
    """`codes` are the elements of all arrays one behind the other, `owners` the array of each."""

    __slots__ = ("_arrays", "_numbers", "codes", "owners")

    def __init__(self, texts: Sequence[str]) -> None:
        arrays = [kept_elements(kept) for kept in json.loads(f"[{','.join(texts)}]")]
        self._arrays = len(arrays)
        flat = list(chain.from_iterable(arrays))
        self._numbers = {element: number for number, element in enumerate(dict.fromkeys(flat))}
        self.codes: I32 = np.fromiter(map(self._numbers.__getitem__, flat), np.int32, len(flat))
        lengths = np.fromiter(map(len, arrays), np.int32, self._arrays)
        self.owners: I32 = np.repeat(np.arange(self._arrays, dtype=np.int32), lengths)

    def having(self, element: object) -> Bools:
        """Return which arrays have an element, None for one that is NULL."""
        return self._owning(self.codes == self._numbers.get(element, -1))

    def having_any(self, wanted: Iterable[object]) -> Bools:
        """Return which arrays have one of some elements."""
        return self._owning(self._among(wanted)[self.codes])

    def within(self, allowed: Iterable[object]) -> Bools:
        """Return which arrays have none but some elements."""
        return ~self._owning(~self._among(allowed)[self.codes])

    def _among(self, wanted: Iterable[object]) -> Bools:
        chosen = np.zeros(len(self._numbers), bool)
        chosen[[self._numbers[element] for element in wanted if element in self._numbers]] = True
        return chosen

    def _owning(self, places: Bools) -> Bools:
        """Return which arrays have one of some places."""
        found = np.zeros(self._arrays, bool)
        found[self.owners[places]] = True
        return found
