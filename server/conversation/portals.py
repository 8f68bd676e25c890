"""The prepared statements and portals of one client, by name, with their compiled codecs.

A statement keeps what depends on it alone: decoders by parameter formats, encoders and RowDescription by
result formats. So Bind and Execute of a known statement look nothing up twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from vql.calendar.style import DEFAULT, Style
from vql.errors import OperationalError
from vql.language import ast
from vql.server.protocol import messages as protocol
from vql.server.protocol.codec import Decoder, RowEncoder, decoder, formats_of, row_encoder
from vql.session.results import Result
from vql.session.statements.prepare import NamedStatement, Prepared, unknown_statement
from vql.types.type import Type


class Statement:
    """A prepared statement with its compiled codecs."""

    __slots__ = ("_decoders", "_descriptions", "_encoders", "_style", "key", "prepared")

    def __init__(self, prepared: Prepared, key: str) -> None:
        prepared.fixed_result = True
        self.prepared = prepared
        self.key = key
        self._decoders: dict[tuple[int, ...], tuple[Decoder, ...]] = {}
        self._encoders: dict[tuple[int, ...], RowEncoder] = {}
        self._descriptions: dict[tuple[int, ...], bytes] = {}
        self._style = DEFAULT

    def _restyle(self, style: Style) -> None:
        """Forget what was compiled for a session of another style."""
        self._decoders.clear()
        self._encoders.clear()
        self._style = style

    def decoders(self, codes: tuple[int, ...], style: Style) -> tuple[Decoder, ...]:
        """Return a decoder for each parameter."""
        if style is not self._style:
            self._restyle(style)
        found = self._decoders.get(codes)
        if found is None:
            types = self.prepared.parameter_types
            formats = formats_of(codes, len(types))
            found = tuple(decoder(t, code, style) for t, code in zip(types, formats, strict=True))
            self._decoders[codes] = found
        return found

    def encoder(self, codes: tuple[int, ...], style: Style) -> RowEncoder:
        """Return the encoder of a row in these result formats."""
        if style is not self._style:
            self._restyle(style)
        found = self._encoders.get(codes)
        if found is None:
            columns = self.prepared.columns or ()
            found = row_encoder([c.type for c in columns], formats_of(codes, len(columns)), style)
            self._encoders[codes] = found
        return found

    def description(self, codes: tuple[int, ...]) -> bytes:
        """Return RowDescription or NoData."""
        found = self._descriptions.get(codes)
        if found is None:
            columns = self.prepared.columns
            if columns is None:
                found = protocol.NO_DATA
            else:
                found = protocol.row_description(columns, formats_of(codes, len(columns)))
            self._descriptions[codes] = found
        return found


class Portal:
    """A bound statement; once executed, its result and how much of it has been fetched."""

    __slots__ = ("formats", "parameters", "position", "result", "statement")

    def __init__(self, statement: Statement, parameters: list[object], formats: tuple[int, ...]) -> None:
        self.statement = statement
        self.parameters = parameters
        self.formats = formats
        self.result: Result | None = None
        self.position = 0


class PortalRows:
    """A portal as FETCH and MOVE go through it: it runs when its rows are wanted."""

    def __init__(self, portal: Portal, run: Callable[[Prepared, list[object]], Result]) -> None:
        self._portal = portal
        self._run = run
        self.columns = portal.statement.prepared.columns or ()

    @property
    def rows(self) -> list[tuple[object, ...]]:
        """All rows of the portal."""
        portal = self._portal
        if portal.result is None:
            portal.result = self._run(portal.statement.prepared, portal.parameters)
        return portal.result.rows

    @property
    def position(self) -> int:
        """How many rows have been passed."""
        return self._portal.position

    @position.setter
    def position(self, position: int) -> None:
        self._portal.position = min(position, len(self.rows))


class Names:
    """What a client has named."""

    def __init__(self) -> None:
        self.statements: dict[str, Statement] = {}
        self._named_us: dict[str, int] = {}  # when, since 1970
        self.portals: dict[str, Portal] = {}

    def statement(self, name: str) -> Statement:
        """Return a prepared statement. Raises 26000."""
        try:
            return self.statements[name]
        except KeyError:
            raise unknown_statement(name) from None

    def types(self, name: str) -> Sequence[Type]:
        """Return the types of a statement's parameters. Raises 26000."""
        return self.statement(name).prepared.parameter_types

    def name(self, name: str, statement: Statement) -> None:
        """Name a statement, "" for the one without a name."""
        self.statements[name] = statement
        if name:
            self._named_us[name] = time.time_ns() // 1000

    def listed(self) -> list[tuple[str, NamedStatement]]:
        """Return the statements that have a name, as pg_prepared_statements says them."""
        return [
            (name, NamedStatement(each.prepared, each.prepared.sql, self._named_us[name], from_sql=False))
            for name, each in self.statements.items()
            if name
        ]

    def portal(self, name: str) -> Portal:
        """Return a portal. Raises 34000."""
        try:
            return self.portals[name]
        except KeyError:
            raise OperationalError(f'portal "{name}" does not exist', sqlstate="34000") from None

    def rows_of(self, name: str, run: Callable[[Prepared, list[object]], Result]) -> PortalRows | None:
        """Return the rows of a portal of a query, None where there is none."""
        portal = self.portals.get(name)
        if not name or portal is None or not isinstance(portal.statement.prepared.statement, ast.Query):
            return None
        return PortalRows(portal, run)

    def close_portal(self, name: str) -> None:
        """Forget a portal, if there is one of the name."""
        self.portals.pop(name, None)

    def forget_portals(self) -> None:
        """Close every portal: a transaction has ended."""
        self.portals.clear()

    def deallocate(self, statement: ast.Statement | None) -> bool:
        """Forget the statement that a DEALLOCATE names; returns whether it is one of these."""
        if not isinstance(statement, ast.Discard) or statement.what != "DEALLOCATE":
            return False
        return self.forget(statement.name or "")

    def forget(self, name: str) -> bool:
        """Forget a statement; returns whether there was one of the name."""
        self._named_us.pop(name, None)
        return self.statements.pop(name, None) is not None

    def discard(self, what: str) -> None:
        """Forget all that DEALLOCATE ALL, CLOSE ALL and DISCARD ALL are about."""
        if what == "CLOSE ALL":
            self.forget_portals()
        elif what in ("DEALLOCATE ALL", "DISCARD ALL"):
            self.statements.clear()
            self._named_us.clear()
