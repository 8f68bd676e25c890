"""Encodings of what `main.mdb` holds: frames of rows, lists of deletes, schema and manifest records.

A frame is one commit's rows of one table, columnar:

| offset | size | type | field | notes |
|--:|--:|---|---|---|
| 0 | 4 | bytes | magic | `VQLF` |
| 4 | 4 | u32 LE | header length | h |
| 8 | h | JSON | header | rows, first row id, per column its id, type and buffers' lengths |
| 8 + h | | bytes | buffers | each padded to 8 bytes |

Every other record of several bytes is marked the same way: a magic, then the rest. Its checksum is the
metastore's.
Catalog (`VQLC`) and manifest (`VQLM`) records hold JSON, deletes (`VQLD`) two int64 arrays of one
length: row ids, versions.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from vql import schema
from vql.constraints import CheckConstraint, ForeignKey
from vql.errors import DataCorrupted
from vql.roles.access import OWNERS, Access, DatabaseRights, DefaultGrants, Grant, Policy, StartSettings
from vql.roles.role import Membership, Role
from vql.routines import RangeDefinition, Routine, RoutineArgument
from vql.storage.columns.column import Column, Dictionary
from vql.storage.columns.ragged_rows import rows_of_parts
from vql.types.arrays.composite import Composite, RowField
from vql.types.base import Storage
from vql.types.enums import Enumeration
from vql.types.extensions.extension import Extension
from vql.types.forms.ndarrays import I64
from vql.types.ranges.made import RangeParts
from vql.types.type import Domain, DomainCheck, Made, Type

MAGIC, CATALOG, MANIFEST, DELETES = b"VQLF", b"VQLC", b"VQLM", b"VQLD"
HEAD = struct.Struct("<4sI")
# Most objects are the owner's, and nothing is granted on them: that is not written.
ROW_SECURITY = ("has_row_security", "forces_row_security", "policies")
OWNERS_WRITTEN = asdict(OWNERS)


def marked(magic: bytes, body: bytes) -> bytes:
    """Return a record of `main.mdb`: magic, body."""
    return magic + body


def unmarked(magic: bytes, raw: bytes, where: str) -> bytes:
    """Return the body of a record. Raises DataCorrupted naming `where`."""
    if not raw.startswith(magic):
        raise DataCorrupted(f"{where}: not a record of VQL")
    return raw[len(magic) :]


def buffers_of(column: Column) -> dict[str, np.ndarray]:
    """Return the arrays that make up a compact column as it is stored, by part name."""
    found: dict[str, np.ndarray]
    if column.ragged is not None:
        found = column.ragged.parts()
    else:
        found = {"data": np.ascontiguousarray(column.data)}
    if column.valid is not None:
        found["valid"] = column.valid
    if column.dictionary is not None:
        found["offsets"] = np.ascontiguousarray(column.dictionary.offsets)
        found["dictionary"] = np.ascontiguousarray(column.dictionary.data)
    return found


def column_of(type_: Type, rows: int, buffers: dict[str, np.ndarray]) -> Column:
    """Return the column made of byte arrays by part name."""
    valid = buffers["valid"].view(np.bool_) if "valid" in buffers else None
    if type_.storage in (Storage.SPARSE, Storage.RAGGED):
        return Column.of_rows(type_, rows_of_parts(type_, buffers), valid)
    data = buffers["data"].view(type_.dtype)
    if type_.is_matrix:
        data = data.reshape(rows, -1) if rows else data.reshape(0, type_.width)
    dictionary = None
    if "offsets" in buffers:
        dictionary = Dictionary(buffers["offsets"].view(np.int64), buffers["dictionary"], True)
    return Column(type_, data, valid, dictionary)


class Frame(NamedTuple):
    """One commit's rows of one table: ids consecutive from `row_id`, columns by column id."""

    row_id: int
    rows: int
    columns: Mapping[int, Column]


def encode_frame(frame: Frame) -> bytes:
    """Encode a frame."""
    parts: list[bytes] = []
    described = []
    for column_id, column in frame.columns.items():
        lengths = []
        for name, array in buffers_of(column).items():
            raw = array.tobytes()
            lengths.append((name, len(raw)))
            parts.append(raw + bytes(-len(raw) % 8))
        described.append((column_id, column.type.name, column.type.modifier, tuple(lengths)))
    columns = _columns_header(tuple(described))
    header = f'{{"rows": {frame.rows}, "row_id": {frame.row_id}, "columns": {columns}}}'
    return _packed(header.encode(), b"".join(parts))


@lru_cache(maxsize=4_096)
def _columns_header(described: tuple[tuple[int, str, object, tuple[tuple[str, int], ...]], ...]) -> str:
    """Return what a header says of columns: their ids, types with modifiers, and buffers' lengths. Commits of
    few rows of a table say the same again and again."""
    return json.dumps(
        [
            {"id": id_, "type": [name, modifier], "parts": dict(lengths)}
            for id_, name, modifier, lengths in described
        ]
    )


def pack_frame(header: dict[str, Any], buffers: bytes) -> bytes:
    """Return the bytes of a frame of header and buffers."""
    return _packed(json.dumps(header).encode(), buffers)


def _packed(header: bytes, buffers: bytes) -> bytes:
    header += b" " * (-(len(header) + HEAD.size) % 8)
    return marked(MAGIC, struct.pack("<I", len(header)) + header + buffers)


def unpack_frame(raw: bytes, where: str) -> tuple[dict[str, Any], int]:
    """Return the header of a frame and where its buffers begin. Raises DataCorrupted naming `where`."""
    unmarked(MAGIC, raw[: HEAD.size], where)
    _, header_length = HEAD.unpack_from(raw)
    end = HEAD.size + header_length
    header: dict[str, Any] = json.loads(raw[HEAD.size : end])
    return header, end


def decode_frame(raw: bytes, where: str) -> Frame:
    """Return a frame; its arrays are views of `raw`. Raises DataCorrupted naming `where`."""
    header, position = unpack_frame(raw, where)
    whole = np.frombuffer(raw, np.uint8)
    columns = {}
    for described in header["columns"]:
        buffers = {}
        for name, length in described["parts"].items():
            buffers[name] = whole[position : position + length]
            position += length + (-length % 8)
        columns[described["id"]] = column_of(Type(*described["type"]), header["rows"], buffers)
    return Frame(header["row_id"], header["rows"], columns)


def encode_deletes(row_ids: I64, versions: I64) -> bytes:
    """Encode deleted row ids with the versions at which they ended."""
    return marked(DELETES, np.concatenate([row_ids, versions]).astype("<i8").tobytes())


def decode_deletes(raw: bytes) -> tuple[I64, I64]:
    """Return (row ids, versions). Raises DataCorrupted."""
    both = np.frombuffer(unmarked(DELETES, raw, "main.mdb: deletes"), np.int64)
    return both[: len(both) // 2], both[len(both) // 2 :]


def encode_object(definition: schema.Object) -> bytes:
    """Encode the definition of an object of the catalog; of a table, with its indexes."""
    fields = asdict(definition)
    assert not fields.pop("unreadable", ""), "a definition that was not read is not written"
    for column in (*fields.get("columns", ()), *fields.get("computed", ()), *fields.get("arguments", ())):
        _without_nothing(column["type"])
        if not column.get("collation", True):
            del column["collation"]
    if fields.get("access") == OWNERS_WRITTEN:
        del fields["access"]
    for name in (
        *ROW_SECURITY,
        "computed",
        "checks",
        "foreign_keys",
        "referenced_by",
        "on_commit",
        "is_unlogged",
        "check_option",
        "text",
        "reads",
        "calls",
        "is_unpopulated",
        "session",
        "settings",
    ):
        if name in fields and not fields[name]:
            del fields[name]  # most have none
    for index in fields.get("indexes", ()):
        for name in ("included", "condition", "directions", "opclasses", "collations"):
            if not any(index[name]):
                del index[name]
    if "over" in fields:
        _without_nothing(fields["over"])
    if "parts" in fields:
        _without_nothing(fields["parts"]["subtype"])
    kind = type(definition).__name__.lower()
    return marked(CATALOG, json.dumps({"kind": kind, **fields}).encode())


def _without_nothing(type_: dict[str, Any]) -> None:
    """Leave out what most types do not say: what somebody made."""
    if type_["domain"] is None:
        del type_["domain"]
    else:
        del type_["domain"]["access"]  # the domain's own definition says whose it is
        _without_nothing(type_["domain"]["over"])
    if type_["made"] is None:
        del type_["made"]
    else:
        for field in type_["made"].get("fields", ()):
            _without_nothing(field["type"])
        if "subtype" in type_["made"]:
            _without_nothing(type_["made"]["subtype"])


def decode_object(raw: bytes) -> schema.Object:
    """Return the object of a catalog record. Raises DataCorrupted."""
    made: dict[str, Any] = json.loads(unmarked(CATALOG, raw, "main.mdb: catalog record"))
    if "access" in made:
        made["access"] = _access(made["access"])
    match made.pop("kind"):
        case "table":
            return _table(made)
        case "schema":
            own = schema.PUBLIC_ACCESS if made["schema_id"] == schema.PUBLIC_ID else OWNERS
            return schema.Schema(**{"access": own, **made})
        case "enum":
            return schema.Enum(**{**made, "labels": _labels(made["labels"])})
        case "rangedefinition":
            return RangeDefinition(**{**made, "parts": _range_parts(made["parts"])})
        case "rowtype":
            columns = tuple(_column(column) for column in made["columns"])
            return schema.RowType(**{**made, "columns": columns})
        case "domain":
            return _domain(made)
        case "sequence":
            return schema.Sequence(**made)
        case "extension":
            return Extension(**made)
        case "comment":
            return schema.Comment(**made)
        case "view":
            return _view(made)
        case "routine":
            return _routine(made)
        case "role":
            return Role(**{**made, "memberships": tuple(Membership(**each) for each in made["memberships"])})
        case "databaserights":
            defaults = tuple(
                DefaultGrants(**{**each, "grants": _grants(each["grants"])}) for each in made["defaults"]
            )
            settings = tuple(
                StartSettings(**{**each, "values": _pairs(each["values"])})
                for each in made.get("settings", ())
            )
            return DatabaseRights(**{**made, "defaults": defaults, "settings": settings})
        case kind:
            raise DataCorrupted(f"main.mdb: catalog record of the unknown kind {kind}")


def _table(made: dict[str, Any]) -> schema.Table:
    columns = tuple(_column(column) for column in made["columns"])
    indexes = tuple(map(_index, made["indexes"]))
    return schema.Table(
        made["table_id"], made["name"], columns, tuple(made["primary_key"]), _pairs(made["options"]), indexes,
        made["schema"], made["next_column_id"], made.get("next_number", made["next_column_id"] + 1),
        tuple(map(_check, made.get("checks", ()))), tuple(map(_foreign_key, made.get("foreign_keys", ()))),
        tuple(made.get("referenced_by", ())),
        computed=tuple(_column(column) for column in made.get("computed", ())),
        access=made.get("access", OWNERS), has_row_security=made.get("has_row_security", False),
        forces_row_security=made.get("forces_row_security", False),
        policies=tuple(map(_policy, made.get("policies", ()))),
        on_commit=made.get("on_commit", ""), is_unlogged=made.get("is_unlogged", False),
        text=made.get("text", ""), reads=_reads(made.get("reads", ())),
        is_unpopulated=made.get("is_unpopulated", False),
    )  # fmt: skip


def _index(raw: dict[str, Any]) -> schema.Index:
    lists = ("columns", "included", "directions", "opclasses", "collations")
    made = {**raw, **{name: tuple(raw.get(name, ())) for name in lists}, "options": _pairs(raw["options"])}
    first = made.pop("opclass", "")  # the one that databases of before have
    return schema.Index(**{**made, "opclasses": (first,)} if first else made)


def _policy(raw: dict[str, Any]) -> Policy:
    lists = ("role_ids", "using_reads", "check_reads")
    return Policy(**{**raw, **{name: tuple(raw.get(name, ())) for name in lists}})


def _access(raw: dict[str, Any]) -> Access:
    return Access(**{**raw, "grants": None if raw["grants"] is None else _grants(raw["grants"])})


def _grants(raw: list[dict[str, Any]]) -> tuple[Grant, ...]:
    return tuple(Grant(**each) for each in raw)


def _check(raw: dict[str, Any]) -> CheckConstraint:
    return CheckConstraint(**{**raw, "numbers": tuple(raw["numbers"])})


def _foreign_key(raw: dict[str, Any]) -> ForeignKey:
    lists = {name: tuple(raw[name]) for name in ("columns", "referenced", "set_columns")}
    return ForeignKey(**{**raw, **lists})


def _view(made: dict[str, Any]) -> schema.View:
    columns = tuple(_column(column) for column in made["columns"])
    lists = {"reads": _reads(made.get("reads", ())), "calls": tuple(map(tuple, made.get("calls", ())))}
    return schema.View(**{**made, "columns": columns, **lists})


def _routine(made: dict[str, Any]) -> Routine:
    arguments, columns = (
        tuple(
            RoutineArgument(each["name"], _type(each["type"]), each["default"]) for each in made.get(name, ())
        )
        for name in ("arguments", "columns")
    )
    result = _type(made["result"])
    return Routine(**{**made, "arguments": arguments, "columns": columns, "result": result})


def _reads(raw: Iterable[Any]) -> tuple[schema.Reading, ...]:
    return tuple(schema.Reading(read[0], tuple((number, name) for number, name in read[1])) for read in raw)


def _column(raw: dict[str, Any]) -> schema.Column:
    """Return a column."""
    return schema.Column(**{**raw, "type": _type(raw["type"])})


def _type(raw: dict[str, Any]) -> Type:
    domain = None if raw.get("domain") is None else _domain(raw["domain"])
    return Type(raw["name"], raw["modifier"], _type_made(raw.get("made")), domain)


def _domain(raw: dict[str, Any]) -> Domain:
    checks = tuple(DomainCheck(**check) for check in raw.get("checks", ()))
    return Domain(**{**raw, "over": _type(raw["over"]), "checks": checks})


def _type_made(raw: dict[str, Any] | None) -> Made | None:
    """Return what a type is that somebody made."""
    if raw is None:
        return None
    if "labels" in raw:
        return Enumeration(**{**raw, "labels": _labels(raw["labels"])})
    if "subtype" in raw:
        return _range_parts(raw)
    fields = tuple(RowField(field["name"], _type(field["type"]), field["number"]) for field in raw["fields"])
    return Composite(raw["type_id"], raw["array_id"], fields)


def _range_parts(raw: dict[str, Any]) -> RangeParts[Type]:
    name, type_id, array_id = raw["pair"]
    return RangeParts(**{**raw, "subtype": _type(raw["subtype"]), "pair": (name, type_id, array_id)})


def _labels(raw: list[list[Any]]) -> tuple[tuple[int, str], ...]:
    return tuple((number, label) for number, label in raw)


def _pairs(raw: list[list[Any]]) -> tuple[tuple[str, float | str], ...]:
    return tuple((name, value) for name, value in raw)
