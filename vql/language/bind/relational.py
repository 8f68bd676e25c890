"""Queries that DuckDB answers, analysed against the tables there are: what they read, and their types.

Analysis knows nothing of rows: a relation that a query reads is called by its number, and whoever runs the
query says under which name DuckDB has its rows (`vql.executor.bridge.relational`).
"""

from __future__ import annotations

from dataclasses import replace

from vql import schema
from vql.errors import NotSupportedError, UndefinedTable
from vql.language import ast, plan
from vql.language.analyze import tree
from vql.language.analyze.aggregation import check_no_series
from vql.language.analyze.catalog_columns import catalog_columns, catalog_key, catalog_oid, catalog_schema
from vql.language.analyze.names import Scope, of_view, unique_columns
from vql.language.analyze.queries import Analyzer
from vql.language.analyze.rewrites import volatile_last
from vql.language.analyze.used import names_used, range_table, sequence_table, with_ids
from vql.language.ast.moments import name_of, number_of
from vql.language.ast.walk import walk
from vql.language.bind.names import Tables, is_system, require_populated, require_readable
from vql.types.type import BIGINT, UNKNOWN, Type

# A reference, and the table it is to.
Referenced = tuple[ast.TableRef, schema.Table]
Block = plan.SelectPlan | plan.RelationalPlan
Blocks = tuple[tuple[ast.Select, Block], ...]


def analyzed(
    query: ast.Query,
    tables: Tables,
    types: list[Type],
    blocks: Blocks = (),
    source: Referenced | None = None,
) -> plan.Analyzed:
    """Return a query with its types, `blocks` of it being answered apart, and the rows of `source` given;
    completes those of parameters in `types`. Raises name and type errors."""
    sources = _Sources(query, tables, blocks, source)
    made, _ = _typed(query, sources, types)
    has_lateral = sources.has_lateral and not _is_volatile(made)
    return plan.Analyzed(volatile_last(made), tuple(sources.reads), has_lateral)


def inferred(
    root: ast.Query | ast.Expression,
    tables: Tables,
    types: list[Type],
    source: Referenced | None = None,
    clause: str = "",
    outer: Scope | None = None,
) -> tuple[tree.OutputColumn, ...]:
    """Give the parameters of a query, or of an expression over a table, their types. Returns its columns, of
    unknown type where nothing says one; names in it may be those of `outer`. Raises what is wrong, whether
    there are rows or not: in a `clause` that has one value for each row also functions that give rows."""
    query = root
    if not isinstance(query, ast.Query):
        query = ast.Select((ast.SelectItem(query),), () if source is None else source[:1])
    return _typed(query, _Sources(query, tables, (), source), types, clause, outer)[1].columns


def returned_column(
    item: ast.SelectItem, source: Referenced, tables: Tables, types: list[Type]
) -> tree.OutputColumn:
    """Return the name and type of a column of RETURNING; parameters get their types."""
    query = ast.Select((item,), source[:1])
    return _typed(query, _Sources(query, tables, (), source), types, "RETURNING")[0].columns[0]


def unsettled(query: ast.Query, tables: Tables) -> tree.Query:
    """Return a query with its types, UNKNOWN where nothing says one. Raises name and type errors."""
    return _typed(query, _Sources(query, tables, ()), [])[1]


def _typed(
    query: ast.Query, sources: _Sources, types: list[Type], clause: str = "", outer: Scope | None = None
) -> tuple[tree.Query, tree.Query]:
    """Return a query with its types, and as it was before its columns had to have one."""
    for node in walk(query):
        if isinstance(node, ast.Parameter):
            note(types, node.index, UNKNOWN)
    found = list(types)
    analyzer = Analyzer(sources, found)
    made = analyzer.query(query, outer)
    if clause and isinstance(made, tree.SelectQuery):
        check_no_series(made.targets, f"set-returning functions are not allowed in {clause}")
    settled = analyzer.settled(made)
    types[:] = found
    return settled, made


def note(types: list[Type], index: int, type_: Type) -> None:
    """Take note of a parameter's type where none is known yet; of vectors any dimension goes."""
    while len(types) <= index:
        types.append(UNKNOWN)
    if types[index] == UNKNOWN:
        types[index] = Type(type_.name) if type_.is_vector else type_


class _Sources:
    """What one query reads; collected in `reads`."""

    def __init__(
        self, query: ast.Query, tables: Tables, blocks: Blocks, source: Referenced | None = None
    ) -> None:
        self._source = source
        self._moment = query.as_of
        self._used = names_used(query)
        self._tables = tables
        self._blocks = blocks
        self._numbers: dict[object, int] = {}
        self.reads: list[plan.Read] = []
        self.has_lateral = False

    def relation(self, ref: ast.TableRef) -> tree.RangeTable:
        """Return the relation that a reference names. Raises 42P01, XX001, 0A000."""
        alias = ref.alias or name_of(ref.name[-1])
        is_given = self._source is not None and ref is self._source[0]
        table = self._source[1] if self._source is not None and is_given else self._tables.find(ref.name)
        if table is None:
            return self._of_catalog(ref, alias)
        require_readable(table)
        require_populated(table)
        positions, table = self._used.positions(ref, table), with_ids(ref, table)
        read = plan.Read(ref.name, positions, given=is_given)
        return range_table(self._read(read, read), alias, table, positions, self._used)

    def _of_catalog(self, ref: ast.TableRef, alias: str) -> tree.RangeTable:
        """Return a relation of the system catalog."""
        refuse_catalog_then(ref.name)
        key = catalog_key(ref.name)
        if key is None:
            sequence = self._tables.find_sequence((*ref.name[:-1], name_of(ref.name[-1])))
            if sequence is not None:
                if self._moment is not None or number_of(ref.name) is not None:
                    raise NotSupportedError("AS OF a moment is not supported for the numbers of a sequence")
                read = plan.Read(ref.name, sequence=sequence.sequence_id)
                return sequence_table(self._read(read, sequence.sequence_id), alias, sequence, self._used)
            name = name_of(".".join(ref.name))
            position = ref.span[0] + 1 if ref.span != ast.NOWHERE else None
            raise UndefinedTable(f'relation "{name}" does not exist', position=position)
        name = self._read(plan.Read(ref.name), key)
        columns = of_view(unique_columns(*catalog_columns(key)), catalog_oid(key))
        system = self._used.system(catalog_oid(key))
        return tree.RangeTable(name, alias, columns, schema=catalog_schema(key), system=system)

    def prepared(self, node: ast.Select, common: frozenset[str]) -> ast.Select:
        """Return a SELECT as it is: nothing of it is run."""
        self.has_lateral |= _has_lateral(node.sources)
        return node

    def block(self, node: ast.Select) -> tree.RangeTable | None:
        """Return the answer of a vector block."""
        for place, (block, found) in enumerate(self._blocks):
            if block is node:
                names, types = columns_of_block(block, found)
                columns = unique_columns(names, types)
                name = self._read(plan.Read(block=place), place)
                return tree.RangeTable(name, "vql__block", columns, tuple(c.column for c in columns))
        return None

    def _read(self, read: plan.Read, key: object) -> str:
        """Return the name of what is read."""
        number = self._numbers.setdefault(key, len(self.reads))
        if number == len(self.reads):
            self.reads.append(read)
        return plan.READ.format(number)


def columns_of_block(block: ast.Select, found: Block) -> tuple[tuple[str, ...], tuple[Type, ...]]:
    """Return the names and types of what a block gives, the row's number where the query wants it."""
    if isinstance(found, plan.RelationalPlan):
        assert found.analyzed is not None and found.lock is not None, "it is planned, and locks rows"
        columns = found.analyzed.query.columns
        columns = columns[: len(columns) - found.lock.width]
        return tuple(c.name for c in columns), tuple(c.type for c in columns)
    names = tuple(output.name for output in found.outputs)
    types = tuple(output.scalar.type for output in found.outputs)
    return ((*names, ast.ROW), (*types, BIGINT)) if plan.is_numbered(block) else (names, types)


def refuse_catalog_then(name: tuple[str, ...]) -> None:
    """Raise 0A000 where a name may be that of a relation of the system catalog, at another moment than the
    statement's."""
    if number_of(name) is not None and is_system((*name[:-1], name_of(name[-1]))):
        raise NotSupportedError("AS OF a moment of its own is not supported for the system catalog")


def _is_volatile(query: tree.Query) -> bool:
    """Whether the rows of a query would be others, were they asked for once more: what stands before a k-NN
    join is, for its keys and for its rows."""
    rows = replace(query, targets=()) if isinstance(query, tree.SelectQuery) else query
    return tree.is_volatile(rows)


def _has_lateral(sources: tuple[ast.From, ...]) -> bool:
    return any(
        _has_lateral((s.left, s.right))
        if isinstance(s, ast.Join)
        else isinstance(s, ast.QueryRef) and s.lateral
        for s in sources
    )
