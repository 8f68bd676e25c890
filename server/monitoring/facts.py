"""What is counted of a database: by the relations that tell users the same, and of this process' caches."""

from __future__ import annotations

from collections import defaultdict
from contextlib import closing
from typing import cast

from vql.server.monitoring.series import Values, add_values, series
from vql.session.database import Database
from vql.session.session import Session

# Of a database with more tables the largest are told.
TABLES_MAX = 200


def table_facts(database: Database) -> Values:
    """Return what is so of a database, whichever process is asked. Raises what statements raise."""
    name = database.path.name
    found: Values = {}
    with closing(Session(database)) as session:
        rows: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
        told = "SELECT table_name, state, rows, deleted, bytes FROM vql_segments"
        segments = cast(list[tuple[str, str, int, int, int | None]], session.run(told).rows)
        for table, state, there, deleted, size in segments:
            of = rows[table]
            of["vql_table_rows"] += there - deleted
            of["vql_deleted_rows"] += deleted
            of["vql_delta_rows"] += there if state == "growing" else 0
            of["vql_segments"] += state == "sealed"
            of["vql_segment_bytes"] += size or 0
        largest = sorted(rows, key=lambda table: -rows[table]["vql_table_rows"])[:TABLES_MAX]
        for table in largest:
            for metric in ("vql_deleted_rows", "vql_delta_rows", "vql_segments", "vql_segment_bytes"):
                rows[table][metric] += 0
            for metric, value in rows[table].items():
                found[series(metric, database=name, table=table)] = value
        told = "SELECT table_name, index_name, rows, bytes FROM vql_indexes"
        for table, index, there, size in cast(list[tuple[str, str, int, int]], session.run(told).rows):
            if table in largest:
                labels = {"database": name, "table": table, "index": index}
                add_values(found, {series("vql_index_rows", **labels): there})
                add_values(found, {series("vql_index_bytes", **labels): size})
        told = "SELECT job, failures, extract(epoch FROM ended)::float8 FROM vql_jobs"
        for job, failures, ended_s in cast(list[tuple[str, int, float | None]], session.run(told).rows):
            found[series("vql_job_failures", database=name, job=job)] = failures
            if ended_s is not None:
                found[series("vql_job_ended_seconds", database=name, job=job)] = ended_s
        found[series("vql_tables", database=name)] = len(database.store.snapshot().tables)
        found[series("vql_commits_total", database=name)] = database.store.version()
        ((size,),) = cast(list[tuple[int]], session.run("SELECT pg_database_size(current_database())").rows)
        found[series("vql_database_bytes", database=name)] = size
    return found


def process_gauges(database: Database) -> Values:
    """Return what this process has of a database, to be added to that of others: what it has checked, and
    keeps."""
    name = database.path.name
    found: Values = {series("vql_mask_cache_bytes", database=name): database.masks.held_bytes}
    with closing(Session(database)) as session:
        told = "SELECT table_name, index_name, target, measured, samples FROM vql_recall"
        checks = cast(list[tuple[str, str, float, float, int]], session.run(told).rows)
        for table, index, target, measured, samples in checks:
            labels = {"database": name, "table": table, "index": index, "target": f"{target:g}"}
            add_values(found, {series("vql_recall_checks", **labels): samples})
            add_values(found, {series("vql_recall_found", **labels): measured * samples})
    return found
