"""WITH queries that change rows: a statement as steps, of which each leaves its rows to those behind it.

All of them are done once and to the end, in the order in which they are written, and see the database as it
was when the statement began. The rows of a step are a table that no name of a user's means: what names the
query reads that. Queries that change nothing are steps too, since several may read them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from vql import schema
from vql.errors import NotSupportedError, ProgrammingError
from vql.language import ast, modify
from vql.language.analyze.names import aliased_columns, unique_columns
from vql.language.ast.walk import nodes_of
from vql.language.bind.names import STEPS
from vql.language.bind.references import with_tables
from vql.types.type import TEXT, UNKNOWN, Type

Table = ast.CommonTable | ast.CommonChange


def in_order_of_steps(node: ast.WithChanges) -> list[Table]:
    """Return the queries of WITH in the order in which they are done. Raises 42712, 42P19, 0A000."""
    names = [table.name for table in node.tables]
    for table in node.tables:
        if names.count(table.name) > 1:
            raise ProgrammingError(
                f'WITH query name "{table.name}" specified more than once', sqlstate="42712",
                position=node.tables[len(names) - 1 - names[::-1].index(table.name)].span[0] + 1,
            )  # fmt: skip
    for moment in nodes_of(node, ast.AsOf):
        raise NotSupportedError(
            "AS OF beside a WITH query that changes rows is not supported", position=moment.span[0] + 1
        )
    return _in_order(node.tables) if node.recursive else list(node.tables)


def _in_order(tables: Sequence[Table]) -> list[Table]:
    """Return queries that may read those behind them with these in front."""
    done: list[Table] = []
    open_names: list[str] = []

    def visit(table: Table) -> None:
        if table in done:
            return
        if table.name in open_names:
            raise NotSupportedError(
                "mutual recursion between WITH items is not implemented", position=table.span[0] + 1
            )
        open_names.append(table.name)
        read = set(_names_read(table))
        if table.name in read and isinstance(table, ast.CommonChange):
            raise ProgrammingError(
                f'recursive query "{table.name}" must not contain data-modifying statements',
                sqlstate="42P19", position=table.span[0] + 1,
            )  # fmt: skip
        for other in tables:
            if other.name in read and other is not table:
                visit(other)
        open_names.pop()
        done.append(table)

    for table in tables:
        visit(table)
    return done


def _names_read(part: object) -> Iterator[str]:
    return (ref.name[0] for ref in nodes_of(part, ast.TableRef) if len(ref.name) == 1)


def statement_of(table: Table, is_recursive: bool) -> ast.Query | ast.Change:
    """Return what a query of WITH does as a statement of its own."""
    if isinstance(table, ast.CommonChange):
        return table.change
    if not is_recursive or table.name not in _names_read(table.query):
        return table.query
    star, itself = ast.SelectItem(ast.Star()), ast.TableRef((table.name,))
    return ast.Select((star,), (itself,), with_=(table,), recursive=True)


def reading_steps(
    statement: ast.Query | ast.Change, known: Iterable[Table], read: set[str]
) -> ast.Query | ast.Change:
    """Return a statement that reads the rows of steps where it names queries of WITH; their names are added
    to those `read`. Raises 0A000 for one that gives no rows."""
    names = {table.name: table for table in known}

    def change(ref: ast.TableRef) -> ast.From:
        table = names.get(ref.name[0]) if len(ref.name) == 1 else None
        if table is None:
            return ref
        if isinstance(table, ast.CommonChange) and not table.change.returning:
            raise NotSupportedError(
                f'WITH query "{table.name}" does not have a RETURNING clause', position=ref.span[0] + 1
            )
        read.add(table.name)
        return replace(ref, name=(STEPS, table.name))

    made: ast.Query | ast.Change = with_tables(statement, change)
    return made


def step_table(
    table: Table, number: int, columns: Sequence[tuple[str, Type]], is_recursive: bool
) -> schema.Table:
    """Return the table of a step's rows. Raises 42P10 for too many names of columns, 0A000 for two columns of
    one."""
    found = unique_columns([n for n, _ in columns], [TEXT if t == UNKNOWN else t for _, t in columns])
    named = () if is_recursive else table.columns
    if len(named) > len(found):
        raise ProgrammingError(
            f'WITH query "{table.name}" has {len(found)} columns available but {len(named)} columns'
            " specified", sqlstate="42P10", position=table.span[0] + 1,
        )  # fmt: skip
    given = aliased_columns(found, named, table.name)
    if len({column.name for column in given}) < len(given):
        raise NotSupportedError(
            f'two columns of one name in WITH query "{table.name}", beside one that changes rows, are not'
            " supported yet", position=table.span[0] + 1,
        )  # fmt: skip
    made = tuple(
        schema.Column(column.name, column.type, column_id=place, number=place)
        for place, column in enumerate(given, 1)
    )
    return schema.Table(-number, table.name, made, schema=STEPS)


def require_no_clash(steps: Sequence[modify.CommonStep], last: modify.Plan) -> None:
    """Raise 0A000 where ON CONFLICT DO UPDATE may meet rows that another step has written."""
    changes = [each for each in (*(step.plan for step in steps), last) if isinstance(each, modify.Change)]
    for node in changes:
        others = [other for other in changes if other is not node and other.table == node.table]
        if isinstance(node, modify.InsertPlan) and node.conflict_updates and others:
            raise NotSupportedError(
                "ON CONFLICT DO UPDATE beside another change of its table is not supported yet"
            )
