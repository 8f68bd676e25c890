"""inet, cidr, macaddr, macaddr8: comparisons, parts, masks, arithmetic of addresses."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from vql.errors import DataError, InvalidParameterValue, NumericOutOfRange
from vql.functions.declare import aggregate, cast, function, operator, operator_in_duck
from vql.functions.text.texts import COMPARISONS
from vql.types.network import CIDR, INET, IPV4, Address, as_macaddr, as_macaddr8, ones
from vql.types.numbers.integers import BIGINT

order_key = INET.order_key
ZEROS = re.compile("0+")
BIGINT_MIN = -(2**63)  # its negative in 64 bits is itself


def _declare_comparison(sign: str, compare: Callable[[Any, Any], bool]) -> None:
    @operator(f"inet {sign} inet -> boolean")
    def compared(left: Address, right: Address) -> bool:
        return compare(order_key(left), order_key(right))

    for card in ("macaddr", "macaddr8"):
        operator_in_duck(f"{card} {sign} {card} -> boolean", f"({{0}} {sign} {{1}})", compare)


for _sign, _compare in COMPARISONS.items():
    _declare_comparison(_sign, _compare)


@aggregate("min(inet) -> inet")
def _least(values: Sequence[Address]) -> Address | None:
    return min(values, key=order_key, default=None)


@aggregate("max(inet) -> inet")
def _greatest(values: Sequence[Address]) -> Address | None:
    return max(values, key=order_key, default=None)


# ------------------------------------------------------------------ networks within each other


def _is_within(inner: Address, outer: Address) -> bool:
    return (
        inner.size == outer.size
        and inner.prefix >= outer.prefix
        and inner.number & outer.mask == outer.network
    )


@operator("inet << inet -> boolean")
def _is_inside(left: Address, right: Address) -> bool:
    return left.prefix > right.prefix and _is_within(left, right)


operator("inet <<= inet -> boolean")(_is_within)


@operator("inet >> inet -> boolean")
def _is_outside(left: Address, right: Address) -> bool:
    return _is_inside(right, left)


@operator("inet >>= inet -> boolean")
def _contains(left: Address, right: Address) -> bool:
    return _is_within(right, left)


@operator("inet && inet -> boolean")
def _overlaps(left: Address, right: Address) -> bool:
    return _is_within(left, right) or _is_within(right, left)


@function("inet_same_family(inet, inet) -> boolean")
def _are_alike(left: Address, right: Address) -> bool:
    return left.size == right.size


@function("inet_merge(inet, inet) -> cidr")
def _merged(left: Address, right: Address) -> Address:
    if left.size != right.size:
        raise InvalidParameterValue("cannot merge addresses from different families")
    common = left.size - (left.number ^ right.number).bit_length()
    return _network(left._replace(prefix=min(common, left.prefix, right.prefix)))


# ------------------------------------------------------------------ casts


@cast("cidr -> inet", willingness="implicit")
def _inet(value: Address) -> Address:
    return value


@cast("inet -> cidr", willingness="assignment")
@function("network(inet) -> cidr")
def _network(value: Address) -> Address:
    return value._replace(number=value.network)


@function("text(inet) -> text")
def text_of_inet(value: Address) -> str:
    """Return an address with its prefix, however long that is."""
    return f"{value.host}/{value.prefix}"


for _source in ("inet", "cidr"):
    for _result in ("text", "varchar", "bpchar"):
        cast(f"{_source} -> {_result}", willingness="assignment")(text_of_inet)

# ------------------------------------------------------------------ parts

function("family(inet) -> integer")(lambda value: 4 if value.size == IPV4 else 6)
function("host(inet) -> text")(lambda value: value.host)
function("masklen(inet) -> integer")(lambda value: value.prefix)


@function("abbrev(inet) -> text")
def _abbreviated(value: Address) -> str:
    return INET.to_text(INET.from_internal(value))


@function("abbrev(cidr) -> text")
def _abbreviated_network(value: Address) -> str:
    """Return a network without the bytes or words behind its mask."""
    if value.size == IPV4:
        words = value.host.split(".")[: max(-(-value.prefix // 8), 1)]
        return f"{'.'.join(words)}/{value.prefix}"
    if value.prefix in (0, value.size):
        return CIDR.to_text(CIDR.from_internal(value))
    groups = [value.number >> 112 - 16 * place & 0xFFFF for place in range(max(-(-value.prefix // 16), 2))]
    runs = [run for run in ZEROS.finditer("".join("0" if word == 0 else "1" for word in groups))]
    shown = [f"{word:x}" for word in groups]
    if not runs:
        return f"{':'.join(shown)}/{value.prefix}"
    start, end = max(runs, key=lambda run: len(run[0])).span()
    return f"{':'.join(shown[:start])}::{':'.join(shown[end:])}/{value.prefix}"


@function("netmask(inet) -> inet")
def _netmask(value: Address) -> Address:
    return Address(value.size, value.mask, value.size)


@function("hostmask(inet) -> inet")
def _hostmask(value: Address) -> Address:
    return Address(value.size, ones(value.size) ^ value.mask, value.size)


@function("broadcast(inet) -> inet")
def _broadcast(value: Address) -> Address:
    return value._replace(number=value.number | ones(value.size) ^ value.mask)


@function("set_masklen(inet, integer) -> inet")
def _with_mask(value: Address, prefix: int) -> Address:
    if prefix == -1:
        prefix = value.size
    if not 0 <= prefix <= value.size:
        raise InvalidParameterValue(f"invalid mask length: {prefix}")
    return value._replace(prefix=prefix)


@function("set_masklen(cidr, integer) -> cidr")
def _network_with_mask(value: Address, prefix: int) -> Address:
    return _network(_with_mask(value, prefix))


# ------------------------------------------------------------------ arithmetic


@operator("~ inet -> inet")
def _inverted(value: Address) -> Address:
    return value._replace(number=ones(value.size) ^ value.number)


@operator("inet & inet -> inet")
def _and(left: Address, right: Address) -> Address:
    _check_family("AND", left, right)
    return Address(left.size, left.number & right.number, max(left.prefix, right.prefix))


@operator("inet | inet -> inet")
def _or(left: Address, right: Address) -> Address:
    _check_family("OR", left, right)
    return Address(left.size, left.number | right.number, max(left.prefix, right.prefix))


def _check_family(word: str, left: Address, right: Address) -> None:
    if left.size != right.size:
        raise InvalidParameterValue(f"cannot {word} inet values of different sizes")


@operator("inet + bigint -> inet")
def _plus(value: Address, count: int) -> Address:
    moved = value.number + count
    if not 0 <= moved <= ones(value.size):
        raise NumericOutOfRange("result is out of range", sqlstate="22003")
    return value._replace(number=moved)


@operator("bigint + inet -> inet")
def _plus_address(count: int, value: Address) -> Address:
    return _plus(value, count)


@operator("inet - bigint -> inet")
def _minus(value: Address, count: int) -> Address:
    return _plus(value, count if count == BIGINT_MIN else -count)


@operator("inet - inet -> bigint")
def _between(left: Address, right: Address) -> int:
    if left.size != right.size:
        raise InvalidParameterValue("cannot subtract inet values of different sizes")
    try:
        return BIGINT.checked(left.number - right.number)
    except DataError:
        raise NumericOutOfRange("result is out of range") from None


# ------------------------------------------------------------------ cards

cast("macaddr -> macaddr8", willingness="implicit")(as_macaddr8)
cast("macaddr8 -> macaddr", willingness="implicit")(as_macaddr)
function("macaddr8(macaddr) -> macaddr8")(as_macaddr8)
function("macaddr(macaddr8) -> macaddr")(as_macaddr)
for _card in ("macaddr", "macaddr8"):
    operator(f"~ {_card} -> {_card}")(lambda card: bytes(byte ^ 0xFF for byte in card))
    operator(f"{_card} & {_card} -> {_card}")(
        lambda left, right: bytes(a & b for a, b in zip(left, right, strict=True))
    )
    operator(f"{_card} | {_card} -> {_card}")(
        lambda left, right: bytes(a | b for a, b in zip(left, right, strict=True))
    )
    function(f"trunc({_card}) -> {_card}")(lambda card: card[:3] + bytes(len(card) - 3))


@function("macaddr8_set7bit(macaddr8) -> macaddr8")
def _set_bit(card: bytes) -> bytes:
    return bytes((card[0] | 2,)) + card[1:]
