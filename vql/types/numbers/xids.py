"""xid: the number of a transaction, as the system column xmax has it. Numbers of transactions wrap: there is
equality and no order, and no cast but from and to text."""

from __future__ import annotations

import numpy as np

from vql.types.base import BaseType, Storage
from vql.types.numbers.integers import OidType

XID = OidType(
    name="xid", oid=28, array_oid=1011, category="U", length=4, struct_code="I", duck_name="BIGINT",
    bound=1 << 32, duck_equates=True, storage=Storage.NUMBERS, dtype=np.dtype("i8"), is_stored_as_is=True,
    arrow_format="l", has_equality=True, is_sortable=False,
)  # fmt: skip
TYPES: tuple[BaseType, ...] = (XID,)
