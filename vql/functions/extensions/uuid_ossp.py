"""uuid-ossp: UUIDs of the versions 1, 3, 4 and 5, and the names that RFC 9562 gives to some."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from functools import partial

from vql.functions import declare

NODE_BITS = 48
# The bit of a node that says that it is no machine's address.
MULTICAST = 1 << 40
FIXED = {
    "uuid_nil": uuid.UUID(int=0), "uuid_ns_dns": uuid.NAMESPACE_DNS, "uuid_ns_url": uuid.NAMESPACE_URL,
    "uuid_ns_oid": uuid.NAMESPACE_OID, "uuid_ns_x500": uuid.NAMESPACE_X500,
}  # fmt: skip

function = partial(declare.function, extension="uuid-ossp")


def _always(value: uuid.UUID) -> Callable[[], uuid.UUID]:
    return lambda: value


for _name, _value in FIXED.items():
    function(f"{_name}() -> uuid")(_always(_value))


@function("uuid_generate_v1() -> uuid", volatility="volatile")
def uuid_of_machine() -> uuid.UUID:
    """Return a UUID of the time and of the machine's address."""
    return uuid.uuid1()


@function("uuid_generate_v1mc() -> uuid", volatility="volatile")
def uuid_of_no_machine() -> uuid.UUID:
    """Return a UUID of the time and of a random address."""
    return uuid.uuid1(node=int.from_bytes(os.urandom(NODE_BITS // 8), "big") | MULTICAST)


function("uuid_generate_v3(namespace: uuid, name: text) -> uuid")(uuid.uuid3)
function("uuid_generate_v4() -> uuid", volatility="volatile")(uuid.uuid4)
function("uuid_generate_v5(namespace: uuid, name: text) -> uuid")(uuid.uuid5)
