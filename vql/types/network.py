"""inet, cidr, macaddr and macaddr8: addresses of hosts, networks and cards.

| binary form of inet, cidr | type | field |
|--:|---|---|
| 0 | u8 | 2 for IPv4, 3 for IPv6 |
| 1 | u8 | bits of the mask |
| 2 | u8 | 1 for cidr |
| 3 | u8 | bytes of the address: 4, 16 |
| 4 | bytes | address |
"""

from __future__ import annotations

import ipaddress
import re
from typing import Any, NamedTuple

from vql.dataclass import dataclass
from vql.errors import InvalidText, NumericOutOfRange
from vql.types.base import BaseType, Storage
from vql.types.forms.binary import wrong_size
from vql.types.spelt import SpeltType

IPV4, IPV6 = 32, 128
FAMILIES = {IPV4: 2, IPV6: 3}
# Bits of a mask that is not written, by the first byte: classes A to E.
CLASSES = ((240, 32), (224, 8), (192, 24), (128, 16), (0, 8))
DIGITS = re.compile(r"\d+", re.ASCII)
HEX = re.compile(r"0[xX]([0-9a-fA-F]+)")


class Address(NamedTuple):
    """An address of so many bits and the bits of its mask: the internal value of inet and cidr."""

    size: int
    number: int
    prefix: int

    @property
    def mask(self) -> int:
        """The network's bits of an address."""
        return ones(self.size) ^ ones(self.size - self.prefix)

    @property
    def network(self) -> int:
        """The address with zeros behind its network's bits."""
        return self.number & self.mask

    @property
    def host(self) -> str:
        """The address alone, as text."""
        if self.size == IPV4:
            return str(ipaddress.IPv4Address(self.number))
        high, low = divmod(self.number, 1 << IPV4)
        if (high == 0 and low >> 16) or high == 0xFFFF:
            return f"::{'ffff:' if high else ''}{ipaddress.IPv4Address(low)}"
        return str(ipaddress.IPv6Address(self.number))


def ones(count: int) -> int:
    """Return a number of so many bits, all set."""
    return (1 << count) - 1


@dataclass(frozen=True, eq=False, kw_only=True)
class AddressType(SpeltType):
    """Addresses with a mask: interfaces of `ipaddress`, networks where nothing may be set behind the mask."""

    is_network: bool

    def from_text(self, text: str, modifier: int | None) -> object:
        return self.from_internal(self.read(text))

    def read(self, text: str) -> Address:
        """Parse a text form. Raises 22P02."""
        head, slash, tail = text.partition("/")
        if slash and (DIGITS.fullmatch(tail) is None or len(tail) > 3):
            raise self.bad_text(text)
        prefix = int(tail) if slash else None
        found = _ipv6(head, prefix) if ":" in head else _ipv4(head, prefix, self.is_network)
        if found is None or found.prefix > found.size:
            raise self.bad_text(text)
        if self.is_network and found.network != found.number:
            raise InvalidText(f'invalid cidr value: "{text}"', detail="Value has bits set to right of mask.")
        return found

    def to_text(self, value: object) -> str:
        address = self.internal(value)
        is_whole = address.prefix == address.size and not self.is_network
        return address.host if is_whole else f"{address.host}/{address.prefix}"

    def convert(self, value: object, modifier: int | None) -> object:
        if isinstance(value, ipaddress.IPv4Address | ipaddress.IPv6Address) or (
            isinstance(value, ipaddress.IPv4Network | ipaddress.IPv6Network)
        ):
            return self.from_text(str(value), modifier)
        raise self.mismatch(value)

    def internal(self, value: Any) -> Address:
        if isinstance(value, ipaddress.IPv4Network | ipaddress.IPv6Network):
            return Address(value.max_prefixlen, int(value.network_address), value.prefixlen)
        return Address(value.max_prefixlen, int(value), value.network.prefixlen)

    def from_internal(self, value: Any) -> object:
        size, number, prefix = value
        if self.is_network:
            return (ipaddress.IPv4Network if size == IPV4 else ipaddress.IPv6Network)((number, prefix))
        return (ipaddress.IPv4Interface if size == IPV4 else ipaddress.IPv6Interface)((number, prefix))

    def order_key(self, value: Any) -> tuple[int, ...]:
        return value.size, value.network, value.prefix, value.number

    def to_binary(self, value: object) -> bytes:
        address = self.internal(value)
        count = address.size // 8
        head = bytes((FAMILIES[address.size], address.prefix, self.is_network, count))
        return head + address.number.to_bytes(count, "big")

    def from_binary(self, data: bytes, modifier: int | None) -> object:
        if len(data) < 4:
            raise wrong_size()
        family, prefix, _, count = data[:4]
        size = count * 8
        if FAMILIES.get(size) != family or prefix > size or len(data) != 4 + count:
            raise InvalidText(f"invalid length in external {self.name} value", sqlstate="22P03")
        found = Address(size, int.from_bytes(data[4:], "big"), prefix)
        if self.is_network and found.network != found.number:
            raise InvalidText(
                "invalid external cidr value", sqlstate="22P03", detail="Value has bits set to right of mask."
            )
        return self.from_internal(found)


def _ipv4(text: str, prefix: int | None, is_network: bool) -> Address | None:
    """Read bytes in decimals; of a network those behind the mask may be left out, or all be hexadecimal."""
    found = HEX.fullmatch(text) if is_network else None
    if found is not None:
        digits = found[1] + "0" * (len(found[1]) % 2)
        parts = list(bytes.fromhex(digits))
    else:
        words = text.split(".")
        if not all(DIGITS.fullmatch(word) and len(word) <= 8 for word in words):
            return None
        parts = [int(word) for word in words]
    if len(parts) > 4 or any(part > 255 for part in parts):
        return None
    if len(parts) < 4 and prefix is None and not is_network:
        return None
    if prefix is None:
        imputed = next(bits for first, bits in CLASSES if parts[0] >= first) if is_network else IPV4
        prefix = max(imputed, 8 * len(parts))
        if imputed == 8 and parts == [224]:
            prefix = 4  # multicast
    elif 8 * len(parts) < prefix and not is_network:
        return None
    number = int.from_bytes(bytes(parts) + bytes(4 - len(parts)), "big")
    return Address(IPV4, number, prefix)


def _ipv6(text: str, prefix: int | None) -> Address | None:
    if "%" in text:
        return None
    try:
        number = int(ipaddress.IPv6Address(text))
    except ValueError:
        return None
    return Address(IPV6, number, IPV6 if prefix is None else prefix)


# ------------------------------------------------------------------ cards

# A number as C's scanf reads `%x` and, of two characters, `%2x`: PostgreSQL reads addresses with them.
NUMBER = r"\s*((?>[+-]?(?:0[xX])?[0-9a-fA-F]+))"
PAIR = r"\s*((?>[+-][0-9a-fA-F]|0[xX]|[0-9a-fA-F]{1,2}))"
FORMS = tuple(
    re.compile(form)
    for form in (
        ":".join([NUMBER] * 6), "-".join([NUMBER] * 6),
        f"{PAIR * 3}:{PAIR * 3}", f"{PAIR * 3}-{PAIR * 3}",
        rf"{PAIR * 2}\.{PAIR * 2}\.{PAIR * 2}", f"{PAIR * 2}-{PAIR * 2}-{PAIR * 2}", PAIR * 6,
    )
)  # fmt: skip
LONG = re.compile(r"(?:[0-9a-fA-F]{2}[:.-]?){5,7}[0-9a-fA-F]{2}")


@dataclass(frozen=True, eq=False, kw_only=True)
class CardType(SpeltType):
    """Addresses of network cards, `length` bytes; canonical values are their texts, internal ones bytes."""

    def from_text(self, text: str, modifier: int | None) -> str:
        return self.from_internal(self.read(text))

    def read(self, text: str) -> bytes:
        """Parse a text form. Raises 22P02, 22003."""
        inner = text.strip(" \t\n\v\f\r")
        if self.length == 6:
            found = next((match for form in FORMS if (match := form.fullmatch(inner))), None)
            if found is None:
                raise self.bad_text(text)
            octets = [int(part + "0" * (part[-1] in "xX"), 16) for part in found.groups()]
            if not all(0 <= octet <= 0xFF for octet in octets):
                raise NumericOutOfRange(f'invalid octet value in "macaddr" value: "{text}"')
            return bytes(octets)
        signs = set(re.sub("[0-9a-fA-F]", "", inner))
        if LONG.fullmatch(inner) is None or len(signs) > 1:
            raise self.bad_text(text)
        made = bytes.fromhex(re.sub("[:.-]", "", inner))
        if len(made) == 7:
            raise self.bad_text(text)
        return as_macaddr8(made)

    def convert(self, value: object, modifier: int | None) -> str:
        raise self.mismatch(value)

    def internal(self, value: Any) -> bytes:
        return bytes.fromhex(str(value).replace(":", ""))

    def from_internal(self, value: Any) -> str:
        return ":".join(f"{byte:02x}" for byte in value)

    def from_stored(self, kept: Any) -> str:
        return str(kept)

    def to_binary(self, value: object) -> bytes:
        return self.internal(value)

    def from_binary(self, data: bytes, modifier: int | None) -> str:
        if self.length == 8 and len(data) == 6:
            data = as_macaddr8(data)
        if len(data) != self.length:
            raise wrong_size()
        return self.from_internal(data)


def as_macaddr8(card: bytes) -> bytes:
    """Return an address of six bytes as one of eight."""
    return card if len(card) == 8 else card[:3] + b"\xff\xfe" + card[3:]


def as_macaddr(card: bytes) -> bytes:
    """Return an address of eight bytes as one of six. Raises 22003."""
    if card[3:5] != b"\xff\xfe":
        raise NumericOutOfRange(
            "macaddr8 data out of range to convert to macaddr",
            hint="Only addresses that have FF and FE as values in the 4th and 5th bytes from the left, for"
            " example xx:xx:xx:ff:fe:xx:xx:xx, are eligible to be converted from macaddr8 to macaddr.",
        )
    return card[:3] + card[5:]


INET = AddressType(
    name="inet", oid=869, array_oid=1041, category="I", is_preferred=True, storage=Storage.DICTIONARY,
    has_order=True, has_equality=True, is_network=False,
)  # fmt: skip
CIDR = AddressType(
    name="cidr", oid=650, array_oid=651, category="I", storage=Storage.DICTIONARY, has_order=True,
    has_equality=True, is_network=True, classed_as="inet",
)  # fmt: skip
MACADDR, MACADDR8 = (
    CardType(
        name=name, oid=oid, array_oid=array_oid, length=length, storage=Storage.DICTIONARY, has_order=True,
        has_equality=True, orders_as_stored=True, duck_is_text=True, duck_compares=True,
    )
    for name, oid, array_oid, length in (("macaddr", 829, 1040, 6), ("macaddr8", 774, 775, 8))
)  # fmt: skip
TYPES: tuple[BaseType, ...] = (INET, CIDR, MACADDR, MACADDR8)
