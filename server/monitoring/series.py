"""What is counted, as Prometheus reads it (prometheus.io, "Exposition formats", text format 0.0.4).

A series is its name with its labels, as it is written: `vql_connections{state="idle"}`. Values of several
processes are put together as their metric says: counters and gauges are added up, of a fact any process knows
all.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from vql.server.monitoring.counts import StatementCounts

Values = dict[str, float]
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
# By metric, its kind and what it is. Those of a histogram are followed by _bucket, _sum and _count.
METRICS = {
    "vql_build_info": ("gauge", "The version that serves, always 1."),
    "vql_start_time_seconds": ("gauge", "When the server has started, seconds since 1970."),
    "vql_ready_workers": ("gauge", "Workers that take clients."),
    "vql_process_restarts_total": ("counter", "Processes that have died and were started anew."),
    "vql_process_resident_memory_bytes": ("gauge", "Memory of a process, mapped files among it."),
    "vql_process_private_memory_bytes": ("gauge", "Memory of a process that is its own."),
    "vql_process_cpu_seconds_total": ("counter", "Processor time of a process."),
    "vql_process_open_fds": ("gauge", "Open files of a process."),
    "vql_process_max_fds": ("gauge", "How many files a process may have open."),
    "vql_memory_budget_bytes": ("gauge", "What all workers may take together (--memory)."),
    "vql_connections": ("gauge", "Sessions by database and state, as pg_stat_activity has it."),
    "vql_connections_max": ("gauge", "How many sessions there may be (max_connections)."),
    "vql_oldest_transaction_seconds": ("gauge", "Age of the oldest open transaction."),
    "vql_logins_failed_total": ("counter", "Clients that were not let in, by SQLSTATE."),
    "vql_statement_duration_seconds": ("histogram", "Statements that ended well, by their kind."),
    "vql_statement_errors_total": ("counter", "Statements that failed, by SQLSTATE."),
    "vql_mask_cache_bytes": ("gauge", "Masks of filters that workers keep."),
    "vql_tables": ("gauge", "Tables of a database."),
    "vql_table_rows": ("gauge", "Rows of a table that are there."),
    "vql_deleted_rows": ("gauge", "Rows of a table that are deleted and still kept."),
    "vql_delta_rows": ("gauge", "Recent rows of a table that are in no segment file yet."),
    "vql_segments": ("gauge", "Segment files of a table."),
    "vql_segment_bytes": ("gauge", "What the segment files of a table hold."),
    "vql_index_bytes": ("gauge", "What the files of an index hold."),
    "vql_index_rows": ("gauge", "Rows that an index has; the others are compared without it."),
    "vql_recall_checks": ("gauge", "Searches by an index that were answered again exactly, since the start."),
    "vql_recall_found": ("gauge", "Share of the true neighbours that these have found, times their number."),
    "vql_recall": ("gauge", "Share of the true neighbours that an index has found (vql_recall)."),
    "vql_job_failures": ("gauge", "Failures of a background job since it last went well (vql_jobs)."),
    "vql_job_ended_seconds": ("gauge", "When a background job has last ended, seconds since 1970."),
    "vql_commits_total": ("counter", "Commits of a database since it was made."),
    "vql_database_bytes": ("gauge", "What a database takes on disk."),
    "vql_scrape_seconds": ("gauge", "How long it took to gather this."),
}  # fmt: skip
# Bounds of its buckets, as powers of two of microseconds: 64 us to 67 s.
BITS_SHOWN = range(6, 27)
HISTOGRAM = "vql_statement_duration_seconds"


def series(name: str, **labels: object) -> str:
    """Return a series' name with its labels."""
    said = ",".join(f'{key}="{str(value).translate(ESCAPES)}"' for key, value in labels.items())
    return f"{name}{{{said}}}" if said else name


def statement_series(counts: StatementCounts) -> Values:
    """Return what a worker has counted."""
    found: Values = {}
    for kind, buckets in counts.kinds.items():
        labels = {"kind": kind.lower()}
        for bits in BITS_SHOWN:
            below = sum(buckets[: bits + 1])
            found[series(f"{HISTOGRAM}_bucket", **labels, le=f"{2**bits / 1e6:g}")] = below
        total = sum(buckets[:-1])
        found[series(f"{HISTOGRAM}_bucket", **labels, le="+Inf")] = total
        found[series(f"{HISTOGRAM}_sum", **labels)] = buckets[-1] / 1e6
        found[series(f"{HISTOGRAM}_count", **labels)] = total
    for sqlstate, count in counts.errors.items():
        found[series("vql_statement_errors_total", sqlstate=sqlstate)] = count
    for sqlstate, count in counts.refused.items():
        found[series("vql_logins_failed_total", sqlstate=sqlstate)] = count
    return found


def add_values(total: Values, more: Mapping[str, float]) -> None:
    """Add values to others."""
    for name, value in more.items():
        total[name] = total.get(name, 0) + value


def exposition(values: Mapping[str, float]) -> str:
    """Return the text of all values, metric by metric."""
    lines = []
    for name, found in groupby(sorted(values, key=_order), _metric):
        kind, purpose = METRICS[name]
        lines += [f"# HELP {name} {purpose}", f"# TYPE {name} {kind}"]
        lines += [f"{each} {values[each]:.15g}" for each in found]
    return "\n".join(lines) + "\n"


def _metric(name: str) -> str:
    bare = name.partition("{")[0]
    return HISTOGRAM if bare.startswith(HISTOGRAM) else bare


def _order(name: str) -> tuple[str, str, float]:
    """Return where a series stands: buckets of a histogram by their bounds."""
    head, _, bound = name.rstrip('"}').partition(',le="')
    return _metric(name), head, float(bound.replace("+Inf", "inf")) if bound else 0.0
