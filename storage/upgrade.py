"""Bringing a database of format 1 to format 2, in place, when it is first opened.

Format 1 knew a column by its place in its table. The places become the ids: so the names of blobs in
segment files are right as they are, and no file is touched. Records of `main.mdb` are rewritten:

* definitions get a kind, a schema, ids of columns and the next one;
* delta frames name the id of each column; their buffers stay, byte by byte;
* manifest records name the columns of an index by id, `columns`, instead of `position` and `positions`;
* the sequence of an identity column is named by its id.

All of it is one LMDB transaction, so a crash leaves format 1 or 2 and never something between. Nobody
else may have the database open: a process of an older VQL would go on writing as it did. Such a one is
known by its slot among LMDB's readers; processes that want to upgrade too keep none while they wait, and
the first one does it for all.
"""

from __future__ import annotations

import json
import time
from typing import Any

from vql.errors import OperationalError
from vql.storage.catalog import bump
from vql.storage.files.metastore import Batch, Metastore, key, numbers
from vql.storage.segments import manifest
from vql.storage.segments.records import CATALOG, pack_frame, sealed, unpack_frame, unsealed

OLD, NEW = b"1", b"2"
# Another process may be looking at the format this moment, to upgrade it as well.
WAIT_SECONDS = 5.0
POLL_SECONDS = 0.05


def upgrade(metastore: Metastore) -> None:
    """Bring a database to format 2, if it has format 1. Raises 55006 where another process has it open.

    `metastore` has not been read from since it was opened.
    """
    deadline = time.monotonic() + WAIT_SECONDS
    while others := _upgrade_alone(metastore):
        if time.monotonic() > deadline:
            raise OperationalError(
                f"the database has format 1 and is open in process {', '.join(map(str, sorted(others)))}",
                hint="close it there: it is brought to format 2 when it is opened alone",
                sqlstate="55006",
            )
        time.sleep(POLL_SECONDS)


def _upgrade_alone(metastore: Metastore) -> set[int]:
    """Upgrade, or return the processes that have the database open."""
    with metastore.write() as batch:
        if batch.get("meta", b"format") != OLD:
            return set()  # another process was quicker
        others = metastore.other_processes()
        if not others:
            _upgrade_catalog(batch)
            _upgrade_frames(batch)
            _upgrade_manifest(batch)
            bump(batch)
            batch.put("meta", b"format", NEW)
        return others


def _upgrade_catalog(batch: Batch) -> None:
    for at, raw in list(batch.range("catalog", b"")):
        if not raw:
            continue
        made: dict[str, Any] = json.loads(unsealed(CATALOG, raw, "main.mdb: catalog record"))
        columns = [{**c, "column_id": place, "missing": None} for place, c in enumerate(made["columns"])]
        new = {
            "kind": "table",
            **made,
            "columns": columns,
            "schema": "public",
            "next_column_id": len(columns),
        }
        batch.put("catalog", at, sealed(CATALOG, json.dumps(new).encode()))
        for column in columns:
            old = f"identity {made['table_id']} {column['name']}".encode()
            taken = batch.get("sequences", old)
            if column["identity"] and taken is not None:
                batch.delete("sequences", old)
                batch.put("sequences", f"identity {made['table_id']} {column['column_id']}".encode(), taken)


def _upgrade_frames(batch: Batch) -> None:
    for at in [at for at, _ in batch.range("delta", b"")]:
        raw = batch.get("delta", at) or b""
        table_id, version = numbers(at)
        header, end = unpack_frame(raw, f"delta frame {version} of table {table_id}")
        columns = [{"id": place, **column} for place, column in enumerate(header["columns"])]
        batch.put("delta", key(table_id, version), pack_frame({**header, "columns": columns}, raw[end:]))


def _upgrade_manifest(batch: Batch) -> None:
    for at, raw in list(batch.range("manifest", b"")):
        record = manifest.decode(raw)
        for entry in record["indexes"].values():
            place = entry.pop("position")
            entry["columns"] = entry["info"].pop("positions", [place])
        batch.put("manifest", at, manifest.encode(record))
