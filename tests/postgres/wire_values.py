"""PostgreSQL's binary form read into the values that declarations work with, by no code of VQL's types."""

from __future__ import annotations

import decimal
import struct
import uuid
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg

from vql.types.moments.timetz import ZonedClock
from vql.types.network import Address
from vql.types.ranges.multirange import Multirange
from vql.types.ranges.range import Range
from vql.types.search.tsquery import TSQUERY
from vql.types.search.tsvector import TSVECTOR
from vql.types.text import char_of
from vql.types.type import BASE_TYPES

DATE_SHIFT = 10957  # days from 1970-01-01 to 2000-01-01
MOMENT_SHIFT_US = DATE_SHIFT * 86400 * 10**6
# The infinities of dates and moments, which VQL keeps as DuckDB does: the extremes with a sign.
INFINITIES = {each: max(each, -limit) for limit in (2**31 - 1, 2**63 - 1) for each in (limit, -limit - 1)}
RECORD = 2249
EXACT = decimal.Context(prec=200000, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN)


@dataclass(frozen=True)
class Span:
    """An interval's three parts."""

    months: int
    days: int
    microseconds: int


SUBTYPES = {
    "int4range": "int4", "int8range": "int8", "numrange": "numeric", "tsrange": "timestamp",
    "tstzrange": "timestamptz", "daterange": "date",
}  # fmt: skip


class Reader:
    """Reads values by their type's OID; knows names and elements of a server's types."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        rows = connection.execute(
            "SELECT oid, typname, CASE WHEN typcategory = 'A' THEN typelem ELSE 0 END FROM pg_type"
        ).fetchall()
        self.names: dict[int, str] = {int(oid): name for oid, name, _ in rows}
        self._elements: dict[int, int] = {int(oid): int(element) for oid, _, element in rows if element}

    def record(self, data: bytes) -> list[tuple[int, Any]]:
        """Return (type OID, value) of each column of what record_send made."""
        (count,) = struct.unpack_from(">i", data)
        place, columns = 4, []
        for _ in range(count):
            oid, size = struct.unpack_from(">Ii", data, place)
            place += 8
            columns.append((oid, None if size < 0 else self.value(oid, data[place : place + size])))
            place += max(size, 0)
        return columns

    def value(self, oid: int, data: bytes) -> Any:
        """Return the value of a type's binary form."""
        if oid in self._elements:
            return self._array(data)
        if oid == RECORD:
            return tuple(value for _, value in self.record(data))
        name = self.names[oid]
        if name.endswith("multirange"):
            return self._multirange(name, data)
        return self._range(name, data) if name.endswith("range") else read(name, data)

    def _multirange(self, name: str, data: bytes) -> Multirange:
        place, ranges = 4, []
        while place < len(data):
            size = int.from_bytes(data[place : place + 4], "big")
            ranges.append(self._range(name.replace("multi", ""), data[place + 4 : place + 4 + size]))
            place += 4 + size
        return Multirange(ranges)

    def _range(self, name: str, data: bytes) -> Range:
        flags, place, ends = data[0], 1, []
        for missing in (8, 16):
            if flags & (missing | 1):
                ends.append(None)
                continue
            size = int.from_bytes(data[place : place + 4], "big")
            ends.append(read(SUBTYPES[name], data[place + 4 : place + 4 + size]))
            place += 4 + size
        return Range(*ends, "(["[bool(flags & 2)] + ")]"[bool(flags & 4)], bool(flags & 1))

    def _array(self, data: bytes) -> Any:
        dimensions, _, element = struct.unpack_from(">iiI", data)
        if dimensions == 0:
            return []
        sizes = [struct.unpack_from(">ii", data, 12 + 8 * place) for place in range(dimensions)]
        assert all(lower == 1 for _, lower in sizes), "an array that does not begin at 1"
        place, flat = 12 + 8 * dimensions, []
        while place < len(data):
            (size,) = struct.unpack_from(">i", data, place)
            place += 4
            flat.append(None if size < 0 else self.value(element, data[place : place + size]))
            place += max(size, 0)
        for size, _ in reversed(sizes[1:]):
            flat = [flat[start : start + size] for start in range(0, len(flat), size)]
        return flat


def read(name: str, data: bytes) -> Any:
    """Return the value of a base type's binary form."""
    match name:
        case "bool":
            return data == b"\1"
        case "xid8":
            return struct.unpack(">Q", data)[0]
        case "pg_snapshot" | "txid_snapshot":
            return BASE_TYPES[name].from_binary(data, None)
        case "int2" | "int4" | "int8" | "float4" | "float8" | "time":
            code = {"int2": "h", "int4": "i", "int8": "q", "float4": "f", "float8": "d", "time": "q"}[name]
            return struct.unpack(f">{code}", data)[0]
        case "numeric":
            return _numeric(data)
        case "date":
            days = struct.unpack(">i", data)[0]
            return INFINITIES.get(days, days + DATE_SHIFT)
        case "timestamp" | "timestamptz":
            micros = struct.unpack(">q", data)[0]
            return INFINITIES.get(micros, micros + MOMENT_SHIFT_US)
        case "timetz":
            clock, west = struct.unpack(">qi", data)
            return ZonedClock(clock, -west)
        case "inet" | "cidr":
            return Address(8 * data[3], int.from_bytes(data[4:], "big"), data[1])
        case "macaddr" | "macaddr8":
            return data
        case "interval":
            micros, days, months = struct.unpack(">qii", data)
            return Span(months, days, micros)
        case "bytea":
            return data
        case "uuid":
            return uuid.UUID(bytes=data)
        case "regconfig" | "regdictionary":
            return struct.unpack(">I", data)[0]
        case "tsvector":
            return TSVECTOR.from_binary(data, None)
        case "tsquery":
            return TSQUERY.from_binary(data, None)
        case "jsonb" | "jsonpath":
            return data[1:].decode()
        case "bit" | "varbit":
            bits = np.unpackbits(np.frombuffer(data, np.uint8, offset=4))
            return bits[: struct.unpack_from(">i", data)[0]].astype(bool)
        case "vector":
            return np.frombuffer(data, ">f4", offset=4).astype(np.float32)
        case "halfvec":
            return np.frombuffer(data, ">f2", offset=4).astype(np.float16)
        case "sparsevec":
            size, count, _ = struct.unpack_from(">iii", data)
            places = np.frombuffer(data, ">i4", count, 12)
            values = np.frombuffer(data, ">f4", count, 12 + 4 * count)
            return size, tuple(map(int, places)), values.astype(np.float32).tobytes()
        case "oid" | "xid" | "cid" | "regclass" | "regtype" | "regproc" | "regnamespace" | "regrole":
            return struct.unpack(">I", data)[0]
        case "char":
            return char_of(data[0])
        case "bpchar":
            return data.decode().rstrip("\0")  # what the empty "char" becomes
        case "void":
            return ""
        case _:
            return data.decode()


def _numeric(data: bytes) -> decimal.Decimal:
    count, weight, sign, scale = struct.unpack_from(">hhHH", data)
    special = {0xC000: "NaN", 0xD000: "Infinity", 0xF000: "-Infinity"}.get(sign)
    if special:
        return decimal.Decimal(special)
    whole = 0
    for digit in struct.unpack_from(f">{count}h", data, 8):
        whole = whole * 10000 + digit
    value = decimal.Decimal(whole).scaleb((weight - count + 1) * 4, EXACT)
    value = value.quantize(decimal.Decimal(1).scaleb(-scale), context=EXACT)
    return value.copy_negate() if sign else value
