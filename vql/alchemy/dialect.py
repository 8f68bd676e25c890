"""SQLAlchemy's dialect for a folder: `create_engine("vql:///shop")` (extra `sqlalchemy`).

It is SQLAlchemy's own of PostgreSQL, over the connections of `vql.python`: what it compiles, reflects and
migrates is what it does on a server, and a model runs on either. What comes back as a value of another class
than PostgreSQL's drivers give is converted here: vectors, bit strings, ranges.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import Any

from sqlalchemy import exc, util
from sqlalchemy.dialects.postgresql import ranges
from sqlalchemy.dialects.postgresql.base import BIT, PGDialect
from sqlalchemy.engine.url import URL

from vql import dbapi
from vql.types.type import Type

Process = Callable[[Any], Any]


class _Bit(BIT):
    """Bit strings as texts."""

    def result_processor(self, dialect: Any, coltype: Any) -> Process:
        return lambda value: value if value is None else "".join("01"[bit] for bit in value.tolist())


class _Range(ranges.AbstractSingleRangeImpl):  # type: ignore[type-arg]
    """Ranges as SQLAlchemy's."""

    def bind_processor(self, dialect: Any) -> Process:
        return lambda value: value if value is None else str(value)

    def result_processor(self, dialect: Any, coltype: Any) -> Process:
        return lambda value: value if value is None else _range_of(value)


class _MultiRange(ranges.AbstractMultiRangeImpl):  # type: ignore[type-arg]
    """Multiranges as SQLAlchemy's."""

    def bind_processor(self, dialect: Any) -> Process:
        return lambda value: (
            value if value is None or isinstance(value, str) else f"{{{','.join(map(str, value))}}}"
        )

    def result_processor(self, dialect: Any, coltype: Any) -> Process:
        return lambda value: value if value is None else ranges.MultiRange(map(_range_of, value))


def _range_of(value: Any) -> ranges.Range[Any]:
    bounds: Any = value.bounds or "[)"
    return ranges.Range(value.lower, value.upper, bounds=bounds, empty=value.isempty)


@cache
def _from_arrays(kind: Any) -> Any:
    """Return a type of pgvector's that reads the vectors of this process: its own reads texts."""

    class Read(kind):  # type: ignore[misc]
        def result_processor(self, dialect: Any, coltype: Any) -> Process:
            read = super().result_processor(dialect, coltype)
            type_ = Type(kind.__name__.lower())
            return lambda value: value if value is None else read(type_.to_text(value))

    Read.__name__ = kind.__name__
    return Read


class VqlDialect(PGDialect):
    """PostgreSQL's dialect on the database in a folder."""

    driver = "vql"
    supports_statement_cache = True
    default_paramstyle = "numeric_dollar"
    supports_sane_multi_rowcount = True
    colspecs = util.update_copy(
        PGDialect.colspecs,
        {
            BIT: _Bit,
            ranges.AbstractSingleRange: _Range, ranges.AbstractMultiRange: _MultiRange,
        },
    )  # fmt: skip

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"paramstyle": self.default_paramstyle} | options)  # type: ignore[no-untyped-call]

    @classmethod
    def import_dbapi(cls) -> ModuleType:
        """Return the module of PEP 249."""
        return dbapi

    def create_connect_args(self, url: URL) -> tuple[list[Any], dict[str, Any]]:
        """Return what `vql.connect` takes. Raises ArgumentError for a host, and for no folder."""
        if url.host or not url.database:
            raise exc.ArgumentError(
                "vql:///FOLDER names a folder (vql:////FOLDER from the root);"
                " a server is reached by postgresql+psycopg://"
            )
        options: dict[str, Any] = dict(url.query)
        util.coerce_kw_type(options, "create", bool)
        return [url.database], {"autocommit": False, **options}

    def type_descriptor(self, typeobj: Any) -> Any:
        """Return the type that reads and writes values here."""
        made: Any = super().type_descriptor(typeobj)  # type: ignore[no-untyped-call]
        if type(made).__module__.startswith("pgvector.") and hasattr(made, "get_col_spec"):
            kind: Any = type(made)
            return made.adapt(_from_arrays(kind))
        return made

    def get_isolation_level_values(self, dbapi_conn: Any) -> Any:
        """Return the levels, with AUTOCOMMIT."""
        levels = super().get_isolation_level_values(dbapi_conn)  # type: ignore[no-untyped-call]
        return ["AUTOCOMMIT", *levels]

    def set_isolation_level(self, dbapi_connection: Any, level: str) -> None:
        """Set the level of the transactions to come."""
        dbapi_connection.autocommit = level == "AUTOCOMMIT"
        if level != "AUTOCOMMIT":
            super().set_isolation_level(dbapi_connection, level)  # type: ignore[no-untyped-call]

    def detect_autocommit_setting(self, dbapi_conn: Any) -> bool:
        """Return whether each statement commits by itself."""
        return bool(dbapi_conn.autocommit)

    def is_disconnect(self, e: Any, connection: Any, cursor: Any) -> bool:
        """Return whether a connection is closed."""
        return isinstance(connection, dbapi.Connection) and connection._session is None
