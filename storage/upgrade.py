"""Bringing a database of an older format to the present one, in place, when it is first opened.

No file is touched, records of `main.mdb` are rewritten:

* Formats 1 and 2 kept the checksum of a record, where it had one, behind its magic. Now every record has one
  behind its value, over its key too (`vql.storage.files.metastore`). A record whose checksum does not hold is
  left as it is: it stays one that cannot be read.
* Format 1 knew a column by its place in its table. The places become the ids: so the names of blobs in
  segment files are right as they are. Definitions get a kind, a schema, ids of columns and the next one;
  delta frames name the id of each column, their buffers stay; manifest records name the columns of an
  index by id, `columns`, instead of `position` and `positions`; the sequence of an identity column is
  named by its id.
* Formats 1 to 3 had a counter for each serial and identity column, by a name that the column had. Now these
  columns have sequences as objects, which definitions of every version are given; a serial column has the
  numbers of its own for a default.

All of it is one LMDB transaction, so a crash leaves one format or the other and never something between.
Nobody else may have the database open: a process of an older VQL would go on writing as it did. Such a one is
known by its slot among LMDB's readers. Processes that want to upgrade too take turns, by an flock on the
folder: they have the file open for the time of a turn alone, and the first one does it for all.
"""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import json
import os
import struct
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vql.errors import DataCorrupted, NotSupportedError, OperationalError
from vql.storage.catalog import FIRST_OBJECT_ID, HEAD, bump, take_numbers
from vql.storage.files.metastore import DATABASES, Batch, Metastore, key, numbers, opened
from vql.storage.segments import manifest
from vql.storage.segments.records import (
    CATALOG,
    DELETES,
    MAGIC,
    MANIFEST,
    marked,
    pack_frame,
    unmarked,
    unpack_frame,
)
from vql.types.type import type_named

FORMAT = b"format"
OLD, NEW = (b"1", b"2", b"3"), b"4"
# Those before records had their checksums behind the value.
UNCLOSED = (b"1", b"2")
# Of records that had a checksum: magic, crc32, the rest.
SEAL = struct.Struct("<4sI")
SEALED = {"catalog": CATALOG, "delta": MAGIC, "deletes": DELETES, "manifest": MANIFEST}
RECORDS_STEP = 10_000
# A definition as JSON has it, empty where something was dropped.
Raw = dict[str, Any]
# Another process may be looking at the format this moment, to upgrade it as well.
WAIT_SECONDS = 5.0
POLL_SECONDS = 0.05


def old_format(batch: Batch) -> bytes:
    """Return the format of a database that is to be upgraded, else nothing."""
    raw = next((raw for _, raw in batch.stored("meta", FORMAT, FORMAT)), b"")
    if raw and raw not in UNCLOSED:
        raw = opened("meta", FORMAT, raw)
    return raw if raw in OLD else b""


def upgraded(metastore: Metastore) -> Metastore:
    """Bring a database of an older format to the present one; return it, opened anew. Raises 55006 where
    another process has it open, 0A000 where it cannot be written."""
    if metastore.is_read_only:
        raise NotSupportedError(
            "the database has an older format and cannot be written",
            hint="open it once where it can: it is brought to the present format then",
        )
    metastore.close()
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        with _turn(metastore.path.parent):
            opened_anew = Metastore(metastore.path)
            try:
                others = _upgrade_alone(opened_anew)
            except BaseException:
                opened_anew.close()
                raise
            if not others:
                return opened_anew
            opened_anew.close()
        if time.monotonic() > deadline:
            raise OperationalError(
                f"the database has an older format and is open in process {', '.join(map(str, others))}",
                hint=f"close it there: it is brought to format {NEW.decode()} when it is opened alone",
                sqlstate="55006",
            )
        time.sleep(POLL_SECONDS)


@contextlib.contextmanager
def _turn(folder: Path) -> Iterator[None]:
    """Be the one process that has the file open to upgrade it."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _upgrade_alone(metastore: Metastore) -> set[int]:
    """Upgrade, or return the processes that have the database open."""
    with metastore.write() as batch:
        written = old_format(batch)
        if not written:
            return set()  # another process was quicker
        others = metastore.other_processes()
        if not others:
            for database in DATABASES if written in UNCLOSED else ():
                _close_records(batch, database)
            if written == b"1":
                _upgrade_catalog(batch)
                _upgrade_frames(batch)
                _upgrade_manifest(batch)
            _upgrade_sequences(batch)
            bump(batch)
            batch.put("meta", FORMAT, NEW)
        return others


def _close_records(batch: Batch, database: str) -> None:
    """Give the records of a database their checksums, a step of them at a time."""
    start = b""
    while True:
        step = list(itertools.islice(batch.stored(database, start), RECORDS_STEP))
        for at, raw in step:
            value = _value(database, raw)
            if value is not None:
                batch.put(database, at, value)
        if len(step) < RECORDS_STEP:
            return
        start = step[-1][0] + b"\0"


def _value(database: str, raw: bytes) -> bytes | None:
    """Return what a record of the older formats holds; None where it is damaged."""
    magic = SEALED.get(database)
    if magic is None or not raw:
        return raw
    body = raw[SEAL.size :]
    if raw[: SEAL.size] != SEAL.pack(magic, zlib.crc32(body)):
        return None
    if database != "delta":
        return marked(magic, body)
    (length,) = struct.unpack_from("<I", body)
    return pack_frame(json.loads(body[4 : 4 + length]), body[4 + length :])


def _sound(batch: Batch, database: str) -> Iterator[tuple[bytes, bytes]]:
    """Yield the records that can be read."""
    for at, raw in batch.stored(database, b""):
        with contextlib.suppress(DataCorrupted):
            yield at, opened(database, at, raw)


def _upgrade_catalog(batch: Batch) -> None:
    for at, raw in list(_sound(batch, "catalog")):
        if not raw:
            continue
        made: dict[str, Any] = json.loads(unmarked(CATALOG, raw, "main.mdb: catalog record"))
        columns = [{**c, "column_id": place, "missing": None} for place, c in enumerate(made["columns"])]
        new = {
            "kind": "table",
            **made,
            "columns": columns,
            "schema": "public",
            "next_column_id": len(columns),
        }
        batch.put("catalog", at, marked(CATALOG, json.dumps(new).encode()))
        for column in columns:
            old = f"identity {made['table_id']} {column['name']}".encode()
            taken = batch.get("sequences", old)
            if column["identity"] and taken is not None:
                batch.delete("sequences", old)
                batch.put("sequences", f"identity {made['table_id']} {column['column_id']}".encode(), taken)


def _upgrade_frames(batch: Batch) -> None:
    for at in [at for at, _ in _sound(batch, "delta")]:
        raw = batch.get("delta", at) or b""
        table_id, version = numbers(at)
        header, end = unpack_frame(raw, f"delta frame {version} of table {table_id}")
        columns = [{"id": place, **column} for place, column in enumerate(header["columns"])]
        batch.put("delta", key(table_id, version), pack_frame({**header, "columns": columns}, raw[end:]))


def _upgrade_manifest(batch: Batch) -> None:
    for at, raw in list(_sound(batch, "manifest")):
        record = manifest.decode(raw)
        for entry in record["indexes"].values():
            place = entry.pop("position")
            entry["columns"] = entry["info"].pop("positions", [place])
        batch.put("manifest", at, manifest.encode(record))


# ------------------------------------------------------------------ sequences


def _upgrade_sequences(batch: Batch) -> None:
    """Give serial and identity columns sequences that are objects, in every version of their tables."""
    tables = dict[int, list[tuple[int, Raw]]]()
    taken = set[str]()
    for at, raw in list(_sound(batch, "catalog")):
        object_id, version = numbers(at)
        made = json.loads(unmarked(CATALOG, raw, "main.mdb: catalog record")) if raw else {}
        taken.add(made.get("name", ""))
        taken |= {index["name"] for index in made.get("indexes", ())}
        if not made or made["kind"] == "table":
            tables.setdefault(object_id, []).append((version, made))
    added = 0
    for versions in tables.values():
        added += _upgrade_sequences_of(batch, versions, taken)
    version, generation, definitions = numbers(batch.get("meta", HEAD) or b"")
    batch.put("meta", HEAD, key(version, generation, definitions + added))


def _upgrade_sequences_of(batch: Batch, versions: list[tuple[int, Raw]], taken: set[str]) -> int:
    """Do so for one table by its versions; returns how many records are new."""
    added, found = 0, dict[str, Raw]()
    for version, table in versions:
        used = set[str]()
        for column in table["columns"] if table else ():
            _number_column(column, table)
            counter, column["sequence"] = column["sequence"], 0
            if not counter:
                continue
            used.add(counter)
            if counter not in found:
                found[counter] = _sequence_of(batch, counter, column, table, taken)
                _define(batch, found[counter]["sequence_id"], version, found[counter])
                added += 1
            sequence_id = found[counter]["sequence_id"]
            if column["identity"] == "serial":
                column |= {"identity": "", "default": f"nextval('{sequence_id}'::regclass)"}
            else:
                column["sequence"] = sequence_id
        if table:
            _define(batch, table["table_id"], version, table)
        for counter in found.keys() - used:
            _define(batch, found.pop(counter)["sequence_id"], version, {})
            added += 1
    return added


def _number_column(column: Raw, table: Raw) -> None:
    """Say of a column what was not written down before columns could be altered."""
    if "number" not in column:
        counter = f"identity {table['table_id']} {column['column_id']}"
        column["number"] = column["column_id"] + 1
        column["sequence"] = counter if column["identity"] else ""
        column["identity"] = "by default" if column["identity"] else ""


def _sequence_of(batch: Batch, counter: str, column: Raw, table: Raw, taken: set[str]) -> Raw:
    """Return a sequence that goes on where a counter is, which is removed."""
    sequence_id = take_numbers(batch, "object", 1, FIRST_OBJECT_ID)
    raw = batch.get("sequences", counter.encode())
    first = numbers(raw)[0] if raw else 1
    batch.delete("sequences", counter.encode())
    batch.put("sequences", f"numbering {sequence_id}".encode(), struct.pack("<q?", first, False))
    wanted = name = f"{table['name']}_{column['name']}_seq"
    for number in itertools.count(1):
        if name not in taken:
            break
        name = f"{wanted}{number}"
    taken.add(name)
    bits = 8 * type_named(column["type"]["name"]).dtype.itemsize
    return dict(
        kind="sequence", sequence_id=sequence_id, name=name, schema=table["schema"],
        type=column["type"]["name"], maximum=(1 << bits - 1) - 1, numbering=sequence_id,
        owner_id=table["table_id"], owner_column=column["number"],
        **({"access": {**table["access"], "grants": None}} if "access" in table else {}),
    )  # fmt: skip


def _define(batch: Batch, object_id: int, version: int, made: Raw) -> None:
    raw = b"" if not made else marked(CATALOG, json.dumps(made).encode())
    batch.put("catalog", key(object_id, version), raw)
