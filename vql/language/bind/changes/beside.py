"""What a row that is changed has beside it, by name: a row of other tables, itself before and after.

Expressions of SET, VALUES and RETURNING are bound over one table that has all of it, under names that no
table has: `s.a` of another table is its column "s.a", OLD.a and NEW.a are "old.a" and "new.a", what
merge_action() says is "merge_action()". A name alone, of a column of another table, is a column too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any

from vql import schema
from vql.dataclass import dataclass
from vql.errors import Error, NotSupportedError, ProgrammingError
from vql.language import ast
from vql.language.ast.moments import name_of
from vql.language.ast.walk import nodes_of, output_name, rewrite
from vql.language.bind.names import Tables
from vql.language.bind.queries import infer
from vql.language.bind.references import name_in_from, sources_of
from vql.types.enums import quoted_name
from vql.types.type import BOOLEAN, TEXT, UNKNOWN, Type

# Columns that stand beside rows: what MERGE has done to each, and whether ON CONFLICT has inserted it.
ACTION, IS_NEW = "merge_action()", "vql__is_new"
NEVER = ast.Literal(False, "boolean")


@dataclass(frozen=True, slots=True)
class Beside:
    """The rows of `table`, which the statement calls `alias`, with the columns `others` of a join with other
    tables, of which each is one of `items`; where it `shows_both`, all columns of before and after too.
    `aliases` are the names of the other tables, `row_names` those of the rows before and after, of which
    there is none where `lacks` says so."""

    table: schema.Table
    alias: str
    aliases: frozenset[str] = frozenset()
    others: tuple[schema.Column, ...] = ()
    items: tuple[ast.SelectItem, ...] = ()
    row_names: tuple[str, str] = ast.OLD_AND_NEW
    shows_both: bool = False
    lacks: tuple[ast.Expression, ast.Expression] = (NEVER, NEVER)

    @property
    def whole(self) -> schema.Table:
        """The rows, and what stands beside them, as a table."""
        if not self.others and not self.shows_both:
            return self.table
        both = tuple(
            schema.Column(f"{which}.{column.name}", column.type)
            for which in ast.OLD_AND_NEW
            for column in (self.table.columns if self.shows_both else ())
        )
        return replace(self.table, columns=self.table.columns + self.others + both, computed=())

    def renamed(self, part: Any, hidden: frozenset[str] = frozenset()) -> Any:
        """Return a part of the statement that names columns of `whole`; relations `hidden` are those of
        queries inside. Raises 0A000 for whole rows."""
        if not self.others and not self.shows_both:
            return part
        if isinstance(part, tuple):
            return tuple(self.renamed(item, hidden) for item in part)
        if isinstance(part, ast.Name):
            return self._column(part, hidden)
        if isinstance(part, ast.Call) and part.name == (ACTION[:-2],) and not part.arguments:
            return ast.Name((ACTION,), part.span)
        if not is_dataclass(part) or isinstance(part, type | ast.LiteralRows):
            return part
        if isinstance(part, ast.Select):
            hidden |= set(names_in_from(part.sources))
        if isinstance(part, ast.Star) and part.table in {self.alias, *self.aliases, *self._both} - hidden:
            raise _whole_row(part.table)
        given = {f.name: self.renamed(getattr(part, f.name), hidden) for f in fields(part) if f.init}
        return replace(part, **given)

    @property
    def _both(self) -> tuple[str, ...]:
        return self.row_names if self.shows_both else ()

    def _column(self, name: ast.Name, hidden: frozenset[str]) -> ast.Expression:
        relation = name.parts[-2] if len(name.parts) > 1 else ""
        if relation and relation not in hidden:
            if relation in self.aliases:
                return replace(name, parts=(".".join(name.parts[-2:]),))
            if relation in self._both:
                which = ast.OLD_AND_NEW[self.row_names.index(relation)]
                return replace(name, parts=(f"{which}.{name.parts[-1]}",))
        if name.parts[-1] in {self.alias, *self.aliases, *self._both} - hidden and not relation:
            if all(column.name != name.parts[-1] for column in self.whole.columns):
                return self._row(name)
        return name

    def _row(self, name: ast.Name) -> ast.Expression:
        """Return a row of the table as a value. Raises 0A000 for one of another table."""
        (called,) = name.parts
        if called in self.aliases:
            raise _whole_row(called)
        which = ""
        lacks: ast.Expression = NEVER
        if called in self._both:
            place = self.row_names.index(called)
            which, lacks = f"{ast.OLD_AND_NEW[place]}.", self.lacks[place]
        cells = tuple(ast.Name((f"{which}{column.name}",), name.span) for column in self.table.columns)
        type_ = ast.TypeName(".".join(map(quoted_name, self.table.qualified)))
        row = ast.Cast(ast.Row(cells, name.span), type_)
        if lacks == NEVER:
            return row
        return ast.Case(None, ((self.renamed(lacks), ast.Cast(ast.Literal(None, "null"), type_)),), row)

    def of_now(self, part: Any) -> Any:
        """Return a part of RETURNING in which OLD and NEW are the row itself, as the join has it."""

        def now(node: object) -> object:
            match node:
                case ast.Name(parts=(*_, relation, column)) if relation and relation in self.row_names:
                    return replace(node, parts=(self.alias, column))
                case ast.Name(parts=(relation,)) if relation in self._both:
                    return replace(node, parts=(self.alias,))
                case ast.Call(name=name, arguments=()) if name == (ACTION[:-2],):
                    return ast.Literal(None, "null")
            return node

        return rewrite(part, now)

    def returned(self, items: Sequence[ast.SelectItem]) -> tuple[ast.SelectItem, ...]:
        """Return the items of RETURNING over `whole`, each under its own name."""
        if not self.others and not self.shows_both:
            return tuple(items)
        made = []
        for item in items:
            name = item.alias or output_name(item.expression)
            if isinstance(item.expression, ast.Star):
                made.append(item)
            else:
                made.append(replace(item, expression=self.renamed(item.expression), alias=name))
        return tuple(made)


def beside(
    node: ast.Change, table: schema.Table, sources: tuple[ast.From, ...], tables: Tables, types: list[Type],
    parts: object,
) -> Beside:  # fmt: skip
    """Return what the `parts` of a change read beside its row: of `sources`, of before and after. Raises
    42712, and what is wrong in the sources."""
    alias, names = node.alias or table.name, node.row_names
    aliases = tuple(names_in_from(sources))
    require_other_name(node, sources)
    items = tuple(_read(parts, table, aliases, sources, tables, types))
    columns = [infer(ast.Select((item,), sources), tables, types)[0] for item in items]
    others = [schema.Column(str(i.alias), _settled(c.type)) for i, c in zip(items, columns, strict=True)]
    if isinstance(node, ast.Merge):
        others.insert(0, schema.Column(ACTION, TEXT))
    row_names = tuple("" if name in (alias, *aliases) else name for name in names)
    used = {n.parts[-2] for n in nodes_of(node.returning, ast.Name) if len(n.parts) > 1}
    used |= {n.parts[-1] for n in nodes_of(node.returning, ast.Name) if len(n.parts) == 1}
    used |= {star.table for star in nodes_of(node.returning, ast.Star) if star.table}
    shows_both = not used.isdisjoint(name for name in row_names if name and table.position(name) < 0)
    is_upsert = updates_on_conflict(node)
    if is_upsert and (shows_both or IS_NEW in used):
        others.append(schema.Column(IS_NEW, BOOLEAN))
    return Beside(
        table, alias, frozenset(aliases), tuple(others), items, (row_names[0], row_names[1]), shows_both,
        lacking(node),
    )  # fmt: skip


def updates_on_conflict(node: ast.Change) -> bool:
    """Whether a change is an INSERT that may update."""
    return isinstance(node, ast.Insert) and node.conflict is not None and bool(node.conflict.assignments)


def lacking(node: ast.Change) -> tuple[ast.Expression, ast.Expression]:
    """Return when there is no row before, and when none after."""
    always = ast.Literal(True, "boolean")
    match node:
        case ast.Insert():
            return (ast.Name((IS_NEW,)) if updates_on_conflict(node) else always), NEVER
        case ast.Delete():
            return NEVER, always
        case ast.Merge():
            made, gone = (
                ast.Binary("=", ast.Call((ACTION[:-2],), ()), ast.Literal(word, "string"))
                for word in ("INSERT", "DELETE")
            )
            return made, gone
    return NEVER, NEVER


def with_stars(
    node: ast.Change, table: schema.Table, sources: tuple[ast.From, ...], tables: Tables, types: list[Type]
) -> tuple[ast.SelectItem, ...]:
    """Return the items of RETURNING with the columns of `*` one by one: those of the changed table first, of
    MERGE last. Raises 42P01, 0A000."""
    alias, made = node.alias or table.name, list[ast.SelectItem]()
    rows = {name: table.columns for name in (alias, *node.row_names)}

    def columns(relation: str) -> list[ast.SelectItem]:
        if relation in rows and relation not in names_in_from(sources):
            names = [column.name for column in rows[relation]]
        else:
            star = ast.Select((ast.SelectItem(ast.Star(relation, item.expression.span)),), sources)
            names = [column.name for column in infer(star, tables, types)]
        return [ast.SelectItem(ast.Name((relation, name)), name) for name in names]

    for item in node.returning:
        if not isinstance(item.expression, ast.Star):
            made.append(item)
        elif item.expression.table is not None:
            made += columns(item.expression.table)
        else:
            merging = any(join.using or join.natural for join in nodes_of(sources, ast.Join))
            relations = [*names_in_from(sources)]
            if merging or "" in relations:
                raise NotSupportedError("RETURNING * beside this kind of table is not supported yet")
            relations.insert(len(relations) if isinstance(node, ast.Merge) else 0, alias)
            for relation in relations:
                made += columns(relation)
    return tuple(made)


def names_in_from(sources: Sequence[ast.From]) -> Iterator[str]:
    """Yield what the relations of FROM are called, "" those without a name."""
    return (name_in_from(source) for source, _ in sources_of(sources))


def _read(
    parts: object, table: schema.Table, aliases: Sequence[str], sources: tuple[ast.From, ...],
    tables: Tables, types: list[Type],
) -> Iterator[ast.SelectItem]:  # fmt: skip
    """Yield the columns of other tables that parts of a statement name, each once."""
    seen = set[str]()
    for name in nodes_of(parts, ast.Name) if sources else ():
        is_alone = len(name.parts) == 1
        if is_alone and table.position(name.parts[0]) >= 0 or not is_alone and name.parts[-2] not in aliases:
            continue
        called = ".".join(name.parts[-2:])
        item = ast.SelectItem(ast.Name(name.parts[-2:], name.span), called)
        if called in seen or is_alone and name.parts[0] in aliases:
            continue
        try:
            infer(ast.Select((item,), sources), tables, list(types))
        except Error:
            continue  # of a query inside, or it is told where the join is looked at
        seen.add(called)
        yield item


def _settled(type_: Type) -> Type:
    return TEXT if type_ == UNKNOWN else type_


def require_other_name(node: ast.Change, sources: Sequence[ast.From]) -> None:
    """Raise 42712 where another table has the name of the changed one."""
    alias = node.alias or name_of(node.table[-1])
    if alias not in names_in_from(sources):
        return
    if isinstance(node, ast.Merge):
        raise ProgrammingError(
            f'name "{alias}" specified more than once', sqlstate="42712",
            detail="The name is used both as MERGE target table and data source.",
        )  # fmt: skip
    raise ProgrammingError(f'table name "{alias}" specified more than once', sqlstate="42712")


def _whole_row(relation: str | None) -> NotSupportedError:
    return NotSupportedError(f'the whole row "{relation}" in a change beside other rows is not supported yet')
