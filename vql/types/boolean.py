"""boolean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vql.types.base import SPACE, BaseType, Storage, StoredArray
from vql.types.numbers.integers import plain_array

TRUE_WORDS = ("true", "yes", "on", "1")
FALSE_WORDS = ("false", "no", "off", "0")
TEXTS = {True: b"t", False: b"f"}


class BooleanType(BaseType):
    """True and false; any unambiguous beginning of a word is read."""

    def from_text(self, text: str, modifier: int | None) -> bool:
        word = text.strip(SPACE).lower()
        for words, value in ((TRUE_WORDS, True), (FALSE_WORDS, False)):
            # "o" begins words of both.
            if word not in ("", "o") and any(each.startswith(word) for each in words):
                return value
        raise self.bad_text(text)

    def to_text(self, value: object) -> str:
        return value if isinstance(value, str) else "t" if value else "f"

    def convert(self, value: object, modifier: int | None) -> bool:
        if isinstance(value, bool):
            return value
        if isinstance(value, int) and value in (0, 1):
            return bool(value)
        raise self.mismatch(value)

    def texts_of(self, cells: Sequence[object]) -> list[bytes] | None:
        try:
            return list(map(TEXTS.__getitem__, cells))  # type: ignore[arg-type]
        except (KeyError, TypeError):  # a NULL, a strange object
            return None

    def stored_array(self, given: object, modifier: int | None) -> StoredArray | None:
        return plain_array(self, given)

    def stored_arrow(self, data: NDArray[Any], form: str) -> NDArray[Any] | None:
        return data if form == "b" else None


BOOLEAN = BooleanType(
    name="boolean", oid=16, array_oid=1000, aliases=("bool",), catalog_name="bool", category="B", length=1,
    is_preferred=True, storage=Storage.NUMBERS, dtype=np.dtype("?"), is_stored_as_is=True, has_order=True,
    has_equality=True, struct_code="?", arrow_format="b", arrow_formats=("b",), duck_name="BOOLEAN",
    duck_compares=True,
    duck_results=("BOOLEAN", "BOOL"),
)  # fmt: skip
TYPES: tuple[BaseType, ...] = (BOOLEAN,)
