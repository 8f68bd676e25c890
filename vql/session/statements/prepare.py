"""Prepared statements: from text to plan through two caches, by text and by shape.

A `Prepared` is one session's; its plans are kept by catalog version, so that a changed table is bound
anew and AS OF binds to the schema of its time.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import field, replace

from vql.calendar.style import DEFAULT, Style
from vql.dataclass import dataclass
from vql.errors import Error, NotSupportedError, OperationalError, ProgrammingError
from vql.executor.knn.scans.contract import Contract
from vql.executor.rows.context import Context
from vql.executor.shapes.nearest import NearestSearch
from vql.functions.own import OwnFunctions
from vql.language import ast, modify, parser, plan
from vql.language import normalize as shapes
from vql.language.ast.walk import refuse_parameters, type_written
from vql.language.bind.statements import Bound, Moments, bind, moments_of
from vql.language.planner import plan_statement
from vql.schema import FIRST_OID_MADE
from vql.session.identity import Identity
from vql.session.results import ResultColumn, columns_returned, shown_columns
from vql.session.statements.brief import Brevity
from vql.session.statements.changes.numbers import Sharing
from vql.session.statements.cursors import Cursors
from vql.session.statements.frames import Framed, require_no_frames, with_frames
from vql.session.statements.kept import ByText
from vql.session.statements.moments import Catalogs, Snapshots, as_seen, foreseen, moment_at, with_earlier
from vql.session.transaction_block import LiteralsChanged, TransactionBlock
from vql.settings.settings import Settings
from vql.storage.snapshot import Snapshot
from vql.storage.store import Store
from vql.typed import type_made
from vql.types.moments.moments import EPOCH, MICROSECOND
from vql.types.type import TEXT, TIMESTAMPTZ, UNKNOWN, Type, type_of_oid, with_names


@dataclass(frozen=True, slots=True)
class Ready:
    """What executions of a query share, under one catalog and one state of the settings: nothing in it
    is looked up or decided again.

    `catalog_version` is the present's, `catalogs` those it is bound under. `convert` makes canonical values
    of parameters. `moment` is the statement's AS OF, or with `by_setting` the session's, `others` are those
    of parts of it. `contract` is what searches owe, but for LIMIT ... WITH where it `has_options`.
    `search` is the vector search where the plan is nothing but one. `brevity` tells whether an execution is
    sure to take little, `locks` whether it locks rows.
    """

    catalog_version: int
    settings_version: int
    catalogs: Catalogs
    node: plan.SelectPlan | plan.RelationalPlan
    parameter_types: tuple[Type, ...]
    convert: tuple[Callable[[object], object], ...]
    columns: tuple[ResultColumn, ...] | None
    moment: plan.Moment | None
    by_setting: bool
    others: tuple[plan.Moment, ...]
    contract: Contract
    has_options: bool
    context: Context
    search: NearestSearch | None
    brevity: Brevity
    locks: bool


@dataclass(frozen=True, slots=True)
class ReadyChange:
    """What executions of an INSERT, UPDATE or DELETE share, under one catalog and one state of the
    settings; bound under `catalogs`, with the moments of parts of it as `others`. `by_columns` is an INSERT
    that many of them can be made of at once; where it `is_brief`, to make it is sure to take little."""

    catalog_version: int
    settings_version: int
    catalogs: Catalogs
    bound: Bound
    others: tuple[plan.Moment, ...]
    convert: tuple[Callable[[object], object], ...]
    context: Context
    by_columns: modify.InsertPlan | None
    is_brief: bool
    sharing: tuple[Sharing, ...]


@dataclass(slots=True)
class Prepared:
    """A statement ready to run. `statement` is None for an empty text, `columns` None where no
    rows come back. Plans are kept by the versions of the catalogs that its names are looked up in. It was
    described under the present catalog version, the session's AS OF and search path, and under `catalogs`,
    those of its `moments`, as far as these are known before it runs. A client of a server knows the columns
    of one that has a `fixed_result`, and others are refused. With a `template` it is that statement,
    which other texts share, run with the text's own literals `lifted` behind the parameters. In its `style`
    its literals have been read."""

    sql: str
    statement: ast.Statement | None
    hints: tuple[Type, ...]
    parameter_types: tuple[Type, ...] = ()
    columns: tuple[ResultColumn, ...] | None = None
    plans: dict[Catalogs, Bound] = field(default_factory=dict)
    moments: Moments | None = None
    described: tuple[object, ...] | None = None
    catalogs: Catalogs = ()
    ready: Ready | None = None
    ready_change: ReadyChange | None = None
    style: Style = DEFAULT
    template: Prepared | None = None
    lifted: tuple[object, ...] = ()
    is_template: bool = False
    fixed_result: bool = False


def unknown_statement(name: str) -> OperationalError:
    """Return 26000, as drivers that prepare again expect it."""
    shown = f'prepared statement "{name}"' if name else "unnamed prepared statement"
    return OperationalError(f"{shown} does not exist", sqlstate="26000")


@dataclass(slots=True)
class NamedStatement:
    """A statement of PREPARE and its whole text, when it was made, in microseconds since 1970, and how often
    it has been run since; or one of a client's protocol."""

    prepared: Prepared
    text: str
    made_us: int
    runs: int = 0
    from_sql: bool = True

    def said(self) -> list[object]:
        """Return what pg_prepared_statements says behind its name: types are OIDs and names."""
        prepared, made = self.prepared, TIMESTAMPTZ.to_text(EPOCH + self.made_us * MICROSECOND)
        given = [(type_.catalog_oid, type_.formatted()) for type_ in prepared.parameter_types]
        found = [(c.type.catalog_oid, c.type.sized(None).formatted()) for c in prepared.columns or ()]
        return [
            self.text,
            made,
            given,
            None if prepared.columns is None else found,
            self.from_sql,
            self.runs,
            0,
        ]


class Known:
    """A template, and how the literals of texts that are blanked alike go into it."""

    def __init__(self, template: Prepared, shape: shapes.Shape, blanked: shapes.Blanked) -> None:
        self.template = template
        self._parameters = shape.parameters
        lifted = set(shape.starts)
        self._lifted = [i for i, start in enumerate(blanked.starts) if start in lifted]
        self._negative = shape.negative
        self._fixed = {i: text for i, text in enumerate(blanked.literals) if i not in self._lifted}

    def prepared(self, sql: str, blanked: shapes.Blanked) -> Prepared | None:
        """Prepare a text; None where a literal that decides the plan is another one."""
        literals = blanked.literals
        if any(literals[place] != text for place, text in self._fixed.items()):
            return None
        found = [blanked.value(place) for place in self._lifted]
        for place in self._negative:
            found[place] = ast.negated(found[place])
        return with_literals(sql, self.template, self._parameters, found)


def with_literals(
    sql: str, template: Prepared, parameters: int, literals: Sequence[object]
) -> Prepared | None:
    """Return a text's own statement: a template and its literals; None where one does not fit its
    type, so that the long way may tell where it stands."""
    types = template.parameter_types
    try:
        read = [type_.converter(template.style) for type_ in types[parameters:]]
        lifted = tuple(convert(value) for convert, value in zip(read, literals, strict=True))
    except Error:
        return None
    return Prepared(
        sql, template.statement, template.hints[:parameters], types[:parameters], template.columns,
        template.plans, described=template.described, style=template.style, template=template,
        lifted=lifted,
    )  # fmt: skip


class Statements:
    """One session's prepared statements. `style` embedded reads `?` as a parameter, wire as an operator."""

    def __init__(
        self,
        style: str,
        store: Store,
        settings: Settings,
        block: TransactionBlock,
        cursors: Cursors,
        identity: Identity,
        own_functions: OwnFunctions,
    ) -> None:
        self.style = style
        self._own_functions = own_functions
        self._store = store
        self._settings = settings
        self._block = block
        self._cursors = cursors
        self._identity = identity
        self._statements = ByText[Prepared]()
        # By shape: the template, or under what it needs its literals.
        self._shapes = ByText[Prepared | tuple[object, ...]]()
        self._blanked = ByText[Known]()
        # Those of PREPARE; those that a server's client has named by its protocol.
        self.named: dict[str, NamedStatement] = {}
        self.of_protocol: Callable[[], Iterable[tuple[str, NamedStatement]]] = tuple
        self.notices_names: Callable[[str], bool] = lambda sql: False  # says which are cut

    def kept(self, sql: str) -> Prepared | None:
        """Return a statement that is ready to run again, without looking whether it still holds:
        running it does."""
        prepared = self._statements.get((sql, ()))
        if prepared is None:
            return None
        shared = prepared.template or prepared
        if prepared.style is not self._settings.parsed.style:
            return None
        return None if shared.ready is None and shared.ready_change is None else prepared

    def forget(self) -> None:
        """Drop what kept statements share between executions; their plans stay."""
        for prepared in [*self._statements.values(), *self._shapes.values()]:
            if isinstance(prepared, Prepared):
                prepared.ready = prepared.ready_change = None

    def prepare(self, sql: str, parameter_oids: Sequence[int] = (), given: Sequence[object] = ()) -> Prepared:
        """Parse and bind a statement; where values are `given` already, to the tables of the moments they
        say. Raises syntax and name errors with positions."""
        key = (sql, tuple(parameter_oids))
        prepared = self._statements.get(key)
        if prepared is not None and self.still_good(prepared):
            return prepared
        if (prepared := self._by_shape(sql, key[1])) is not None:
            return self._keep(key, prepared)
        statement = parser.parse(sql, self.style)
        if self._block.failed and not isinstance(statement, ast.Rollback | ast.Commit | None):
            self._block.require_sound()
        require_no_frames(statement)
        prepared = Prepared(sql, statement, self._types_of(parameter_oids))
        prepared.style = self._settings.parsed.style
        try:
            self.describe(prepared, given)
        except BaseException:
            self._block.fail()
            raise
        if self.notices_names(sql) or isinstance(statement, ast.Fetch | ast.ExecuteNamed):
            return prepared  # the next cursor, or statement, of its name may have other columns
        return self._keep(key, prepared)

    def prepare_framed(self, sql: str, given: Sequence[object]) -> tuple[Prepared, Framed]:
        """Prepare a statement with frames among the values that it is `given`. Raises as `with_frames`."""
        statement = parser.parse(sql, self.style)
        assert statement is not None, "it has parameters"
        found = with_frames(statement, given)
        if self._settings.parsed.as_of:
            raise NotSupportedError("a frame in FROM beside vql.as_of is not supported yet")
        return Prepared(sql, found.statement, (), style=self._settings.parsed.style), found

    def name(self, statement: ast.PrepareNamed) -> None:
        """Prepare a statement under a name. Raises 42P05 and what is wrong with it."""
        if statement.name in self.named or statement.name in dict(self.of_protocol()):
            text = f'prepared statement "{statement.name}" already exists'
            raise ProgrammingError(text, sqlstate="42P05")
        types = [type_written(type_) for type_ in statement.types]
        try:
            prepared = self.prepare(statement.text, [type_.catalog_oid for type_ in types])
        except Error as error:
            if error.position is not None:
                error.position += statement.start
            raise
        kinds = ast.Query | ast.Insert | ast.Update | ast.Delete
        if not isinstance(prepared.statement, kinds):
            raise ProgrammingError(
                "a statement that is prepared is a query or changes rows", sqlstate="42601"
            )
        self.named[statement.name] = NamedStatement(prepared, statement.whole, time.time_ns() // 1000)

    def named_said(self) -> str:
        """Return the rows of pg_prepared_statements as JSON."""
        return json.dumps([[name, *each.said()] for name, each in (*self.named.items(), *self.of_protocol())])

    def of_name(self, name: str, count: int) -> Prepared:
        """Return a statement that has a name and so many parameters, prepared anew where that is needed.
        Raises 26000, 42601."""
        named = self.named.get(name) or dict(self.of_protocol()).get(name)
        if named is None:
            raise unknown_statement(name)
        prepared = named.prepared
        if not self.still_good(prepared):
            oids = [type_.catalog_oid for type_ in prepared.hints]
            prepared = named.prepared = self.prepare(prepared.sql, oids)
        if count != len(prepared.parameter_types):
            raise ProgrammingError(
                f'wrong number of parameters for prepared statement "{name}"', sqlstate="42601",
                detail=f"Expected {len(prepared.parameter_types)} parameters but got {count}.",
            )  # fmt: skip
        return prepared

    def _types_of(self, oids: Sequence[int]) -> tuple[Type, ...]:
        return tuple(self._made_type(oid) if oid >= FIRST_OID_MADE else type_of_oid(oid) for oid in oids)

    def _made_type(self, oid: int) -> Type:
        """Return the type of an OID that is not one of all databases, `unknown` where there is none."""
        return type_made(self._block.snapshot().objects(), oid) or type_of_oid(oid)

    def with_literals_in_place(self, prepared: Prepared) -> Prepared:
        """Prepare the text of a statement whose literals were lifted, with them in their places."""
        statement = parser.parse(prepared.sql, self.style)
        made = Prepared(prepared.sql, statement, prepared.hints, style=prepared.style)
        self.describe(made)
        return made

    def _keep(self, key: tuple[str, tuple[int, ...]], prepared: Prepared) -> Prepared:
        self._statements.keep(key, prepared)
        return prepared

    def _by_shape(self, sql: str, oids: tuple[int, ...]) -> Prepared | None:
        """Prepare a native statement through the plan of its shape; None where it has none."""
        if self._block.failed:
            return None
        blanked = shapes.blank(sql)
        if blanked is not None:
            known = self._blanked.get((blanked.key, oids))
            if known is not None and self.still_good(known.template):
                prepared = known.prepared(sql, blanked)
                if prepared is not None and self._as_described(prepared):
                    return prepared
        shape = shapes.lift(sql, self.style)
        if shape is None:
            return None
        key = (shape.key, oids)
        template = self._shapes.get(key)
        if not isinstance(template, Prepared) or not self.still_good(template):
            now = self._as_of_now()
            if template == now:
                return None
            made = self._template(shape, sql, oids)
            self._shapes.keep(key, now if made is None else made)
            if made is None:
                return None
            template = made
        if blanked is not None and set(shape.starts) <= set(blanked.starts):
            self._blanked.keep((blanked.key, oids), Known(template, shape, blanked))
        prepared = with_literals(sql, template, shape.parameters, shape.values)
        return prepared if prepared is not None and self._as_described(prepared) else None

    def _as_described(self, prepared: Prepared) -> bool:
        """Whether a text has the moments that its template was described at, as far as the catalog goes."""
        template = prepared.template
        assert template is not None
        if template.moments is None:
            return True
        given = (*[None] * len(prepared.parameter_types), *prepared.lifted)
        seen = foreseen(
            template.moments, given, self._now(self._block.snapshot()), self._store, template.style
        )
        return seen.catalogs == template.catalogs

    def _template(self, shape: shapes.Shape, sql: str, oids: tuple[int, ...]) -> Prepared | None:
        """Bind a shape; None where it does not bind natively with parameters for its literals."""
        hints = list(self._types_of(oids[: shape.parameters]))
        hints += [UNKNOWN] * (shape.parameters - len(hints))
        try:
            template = Prepared(shape.key, shape.parse(sql), (*hints, *shape.types), is_template=True)
            template.style = self._settings.parsed.style
            self.describe(template)
        except Error:
            return None
        native = all(is_native(bound.plan) for bound in template.plans.values())
        return template if native and len(template.parameter_types) == len(template.hints) else None

    def still_good(self, prepared: Prepared) -> bool:
        """Whether the description holds under today's catalog and style."""
        if prepared.style is not self._settings.parsed.style:
            return False
        return prepared.described is None or prepared.described == self._as_of_now()

    def _as_of_now(self) -> tuple[object, ...]:
        settings = self._settings.parsed
        version = self._block.snapshot().catalog_version
        return version, settings.as_of, settings.search_path, settings.role

    def _now(self, snapshot: Snapshot) -> Snapshots:
        parsed, own = self._settings.parsed, self._own_functions.by_name
        if parsed.role:
            return as_seen(snapshot, parsed.search_path, self._identity, own)
        return Snapshots(snapshot, parsed.search_path, own_functions=own)

    def describe(self, prepared: Prepared, given: Sequence[object] = ()) -> None:
        """Bind a statement to learn its parameters and columns."""
        statement = prepared.statement
        match statement:
            case _ if isinstance(statement, ast.Query | ast.Change | ast.WithChanges):
                snapshot = self._block.snapshot()
                bound, seen = self.bound_now(prepared, snapshot, given)
                if prepared.is_template and not is_native(bound.plan):
                    return  # it is not going to be used
                prepared.parameter_types = bound.parameter_types
                prepared.columns = columns_returned(bound)
                prepared.described, prepared.catalogs = self._as_of_now(), seen.catalogs
            case ast.Explain():
                prepared.columns = (ResultColumn("QUERY PLAN", TEXT),)
                inner = Prepared(prepared.sql, statement.statement, prepared.hints, style=prepared.style)
                bound, _ = self.bound_now(inner, self._block.snapshot(), given)
                prepared.parameter_types = bound.parameter_types
            case ast.DeclareCursor(query=query) | ast.CreateTable(query=query) if query is not None:
                bound, _ = self.bound_now(query_of(prepared, query), self._block.snapshot(), given)
                prepared.parameter_types = bound.parameter_types
            case ast.Fetch(name=name, move=False):
                prepared.columns = self._cursors.get(name).columns
            case ast.ExecuteNamed(name=name, arguments=arguments):
                prepared.columns = self.of_name(name, len(arguments)).columns
            case ast.PrepareNamed():
                pass
            case ast.Show(name=name):
                prepared.columns = shown_columns(name)
            case _:
                refuse_parameters(statement)

    def bound_now(
        self, prepared: Prepared, present: Snapshot, given: Sequence[object] = ()
    ) -> tuple[Bound, Snapshots]:
        """Bind before it runs, to what it is going to see as far as that is known, or follows of the values
        `given`. Where a moment is not, and the present has other tables or columns than the statement reads,
        earlier ones are taken for it."""
        assert prepared.statement is not None
        prepared.moments = moments_of(prepared.statement, prepared.hints, prepared.style)
        moments = self.moments(prepared)
        if moments is None:
            seen = self._now(present)
            return self.bound(prepared, seen), seen
        seen = foreseen(moments, given, self._now(present), self._store, prepared.style)
        try:
            return self.bound(prepared, seen), seen
        except Error:
            if all(snapshot is not present for snapshot in (seen.own, *seen.others)):
                raise
            for then in with_earlier(seen, present, self._store):
                with suppress(Error):
                    return planned(prepared.statement, then, prepared.hints, prepared.style), then
            raise

    def moments(self, prepared: Prepared) -> Moments | None:
        """Return the moments of a statement that was bound, the session's among them."""
        moments, setting = prepared.moments, self._settings.parsed.as_of
        if not setting or self._block.reads_past or not isinstance(prepared.statement, ast.Query):
            return moments
        if moments is not None and moments.own is not None:
            return moments
        return Moments(moment_at(setting, prepared.style), () if moments is None else moments.others)

    def bound(self, prepared: Prepared, seen: Snapshots) -> Bound:
        """Bind a statement to the tables that it sees."""
        bound = prepared.plans.get(seen.catalogs)
        if bound is None:
            assert prepared.statement is not None
            bound = planned(prepared.statement, seen, prepared.hints, prepared.style)
            if prepared.is_template and prepared.plans and bound.parameter_types != prepared.parameter_types:
                prepared.ready = prepared.ready_change = None
                raise LiteralsChanged
            if len(prepared.plans) > 8:
                prepared.plans.clear()
            prepared.plans[seen.catalogs] = bound
        return bound


def planned(statement: ast.Statement, seen: Snapshots, hints: tuple[Type, ...], style: Style) -> Bound:
    """Bind and plan a statement."""
    with with_names(seen):
        return plan_statement(bind(statement, seen.tables, hints, style), seen.tables)


def query_of(prepared: Prepared, query: ast.Query) -> Prepared:
    """Return the query inside a statement as a statement of its own."""
    return replace(
        prepared, statement=query, plans={}, columns=None, moments=None, ready=None, ready_change=None
    )


def is_native(node: modify.Plan) -> bool:
    """Whether a plan runs without DuckDB seeing its literals as values of other types."""
    if isinstance(node, modify.InsertPlan):
        return node.query is None and not node.conflict_updates
    if isinstance(node, modify.UpdatePlan):
        return not any(isinstance(value, plan.Residual) for _, value in node.assignments)
    return not isinstance(node, plan.RelationalPlan)
