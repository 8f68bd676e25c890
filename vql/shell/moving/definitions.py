"""What exists in a database as SQL that makes it again, asked of PostgreSQL's catalog: `vql dump`.

The catalog's own functions write definitions (`pg_get_viewdef`, `pg_get_functiondef`, `pg_get_indexdef`,
`pg_get_constraintdef`, `pg_get_expr`, `format_type`), so a server answers as a folder does. What others need
comes first, as pg_depend says, and among the rest what is older. `before` is made on an empty database,
then come rows, then `after`: keys, indexes and references are made once, of all rows.

An empty search path has every name written behind its schema. No state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from vql.dataclass import dataclass
from vql.functions.text.formatting import quote_ident
from vql.shell.scanner import quoted_text

# Runs a query and returns its rows as texts.
Ask = Callable[[str], Sequence[Sequence[str | None]]]

OWN = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
SCHEMAS = f"SELECT n.nspname FROM pg_namespace n WHERE {OWN} ORDER BY n.oid"
EXTENSIONS = """SELECT e.extname, n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid =
    e.extnamespace
WHERE e.extname <> 'plpgsql' ORDER BY e.oid"""
TYPES = f"""SELECT t.oid, t.oid::regtype, t.typtype, format_type(t.typbasetype, t.typtypmod),
    t.typnotnull, t.typdefault, t.typrelid
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
WHERE {OWN} AND (t.typtype IN ('e', 'd', 'r') OR c.relkind = 'c') AND NOT EXISTS
  (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')"""
RANGES = """SELECT r.rngtypid, r.rngsubtype::regtype, r.rngmultitypid::regtype, nullif(c.collname, 'default')
FROM pg_range r LEFT JOIN pg_collation c ON c.oid = r.rngcollation"""
LABELS = "SELECT enumtypid, enumlabel FROM pg_enum ORDER BY enumtypid, enumsortorder"
ROUTINES = f"""SELECT p.oid, pg_get_functiondef(p.oid) FROM pg_proc p JOIN pg_namespace n ON n.oid =
    p.pronamespace
WHERE {OWN} AND p.prokind IN ('f', 'p') AND NOT EXISTS
  (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')"""
RELATIONS = f"""SELECT c.oid, c.oid::regclass, c.relkind, c.relpersistence, array_to_string(c.reloptions,
    chr(10)), c.relispopulated,
  CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END, c.relrowsecurity, c.relforcerowsecurity
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {OWN} AND c.relkind IN ('r', 'v', 'm', 'S') AND c.relpersistence <> 't' ORDER BY c.oid"""
COLUMNS = f"""SELECT a.attrelid, a.attname,
  format_type(a.atttypid, a.atttypmod) || coalesce(' COLLATE ' || quote_ident(l.collname), ''), a.attnotnull,
    pg_get_expr(d.adbin, d.adrelid),
  a.attidentity, a.attgenerated
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_collation l ON l.oid = a.attcollation AND l.oid <> t.typcollation
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE {OWN} AND c.relkind IN ('r', 'c') AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attrelid,
    a.attnum"""
CONSTRAINTS = """SELECT k.oid, k.conname, k.contype, k.conrelid, k.contypid, pg_get_constraintdef(k.oid),
    k.convalidated FROM pg_constraint k
WHERE k.contype IN ('c', 'p', 'u', 'f') ORDER BY k.contype = 'f', k.oid"""
INDEXES = f"""SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid =
    i.indexrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {OWN} AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN
    ('p', 'u'))
ORDER BY i.indexrelid"""
SEQUENCES = """SELECT s.seqrelid, s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmin, s.seqmax,
    s.seqcache, s.seqcycle,
  d.refobjid, d.refobjid::regclass, a.attname, d.deptype, a.attidentity
FROM pg_sequence s LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.seqrelid
  AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid"""
# Where something is needed by a part of an object, or a type that comes with it, by what it comes with.
DEPENDENCIES = """SELECT coalesce(f.adrelid, d.objid), coalesce(nullif(t.typrelid, 0), nullif(e.typrelid,
    0), r.rngtypid, nullif(t.typelem, 0), d.refobjid)
FROM pg_depend d LEFT JOIN pg_attrdef f ON d.classid = 'pg_attrdef'::regclass AND f.oid = d.objid
LEFT JOIN pg_type t ON d.refclassid = 'pg_type'::regclass AND t.oid = d.refobjid LEFT JOIN pg_type e ON
    e.oid = t.typelem
LEFT JOIN pg_range r ON r.rngmultitypid = coalesce(nullif(t.typelem, 0), t.oid)
WHERE d.deptype = 'n' AND d.classid IN ('pg_class'::regclass, 'pg_rewrite'::regclass,
    'pg_attrdef'::regclass,
  'pg_type'::regclass, 'pg_proc'::regclass)"""
# A view's option that is a clause of its own.
CHECK = "check_option="


@dataclass(frozen=True, slots=True)
class DumpedRelation:
    """A table, view, materialized view or sequence: its kind as in pg_class, its name as it is written."""

    oid: int
    name: str
    kind: str
    is_unlogged: bool
    options: str
    is_populated: bool
    query: str
    row_security: tuple[bool, bool]


class DumpedDefinitions:
    """The definitions of a database, read once."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self.relations = [
            DumpedRelation(
                int(row[0] or 0), row[1] or "", row[2] or "", row[3] == "u", row[4] or "", row[5] == "t",
                row[6] or "", (row[7] == "t", row[8] == "t"),
            )
            for row in ask(RELATIONS)
        ]  # fmt: skip
        self.columns = _grouped(ask(COLUMNS))
        constraints = [[cell or "" for cell in row] for row in ask(CONSTRAINTS)]
        self._constraints = [row for row in constraints if row[3] != "0" or row[4] != "0"]
        self._sequences = {int(row[0] or 0): row for row in ask(SEQUENCES)}

    def tables(self) -> list[DumpedRelation]:
        """Return the tables there are."""
        return [each for each in self.relations if each.kind == "r"]

    # -------------------------------------------------------------- before the rows

    def before(self) -> Iterator[str]:
        """Yield the statements that make everything but what rows are looked up and compared by."""
        for (name,) in self._ask(SCHEMAS):
            if name != "public":
                yield f"CREATE SCHEMA {quote_ident(name or '')};"
        for name, schema in self._ask(EXTENSIONS):
            where = quote_ident(schema or "")
            yield f"CREATE EXTENSION IF NOT EXISTS {quote_ident(name or '')} WITH SCHEMA {where};"
        made = {**self._types(), **self._routines(), **dict(self._relations_made())}
        for oid in self._in_order(made):
            yield made[oid]
        for row in self._sequences.values():
            if row[11] == "a" and not row[12]:
                name = self._name(int(row[0] or 0))
                yield f"ALTER SEQUENCE {name} OWNED BY {row[9]}.{quote_ident(row[10] or '')};"
        for oid, row in self._sequences.items():
            if row[12]:
                how = "ALWAYS" if row[12] == "a" else "BY DEFAULT"
                said = f"ALTER TABLE {row[9]} ALTER COLUMN {quote_ident(row[10] or '')}"
                said += f" ADD GENERATED {how} AS IDENTITY"
                yield f"{said} (\n    SEQUENCE NAME {self._name(oid)}{_sequence_options(row)}\n);"

    def _name(self, oid: int) -> str:
        return next(each.name for each in self.relations if each.oid == oid)

    def _in_order(self, made: dict[int, str]) -> list[int]:
        """Return the keys, each behind those that it needs, else by age."""
        needs: dict[int, set[int]] = {}
        for what, on in self._ask(DEPENDENCIES):
            needs.setdefault(int(what or 0), set()).add(int(on or 0))
        order: dict[int, None] = {}
        for oid in sorted(made):
            # What needs itself by way of others, as functions may, stands by age.
            waiting, seen = [oid], {oid}
            while waiting:
                missing = sorted(needs.get(waiting[-1], set()) & made.keys() - order.keys() - seen)
                if missing:
                    seen.add(missing[0])
                    waiting.append(missing[0])
                else:
                    order[waiting.pop()] = None
        return list(order)

    def _types(self) -> dict[int, str]:
        labels, ranges = _grouped(self._ask(LABELS)), _grouped(self._ask(RANGES))
        found = {}
        for oid, name, kind, over, not_null, default, relation in self._ask(TYPES):
            if kind == "e":
                said = ",".join(f"\n    {quoted_text(row[0] or '')}" for row in labels.get(int(oid or 0), ()))
                found[int(oid or 0)] = f"CREATE TYPE {name} AS ENUM ({said}\n);"
            elif kind == "r":
                ((subtype, multirange, collation),) = ranges[int(oid or 0)]
                said = "" if collation is None else f",\n    collation = {quote_ident(collation)}"
                said = f"\n    subtype = {subtype},\n    multirange_type_name = {multirange}{said}\n"
                found[int(oid or 0)] = f"CREATE TYPE {name} AS RANGE ({said});"
            elif kind == "d":
                said = f"CREATE DOMAIN {name} AS {over}"
                said += " NOT NULL" if not_null == "t" else ""
                said += "" if default is None else f" DEFAULT {default}"
                for row in self._constraints:
                    if row[4] == oid:
                        said += f"\n    CONSTRAINT {quote_ident(row[1])} {row[5]}"
                found[int(oid or 0)] = f"{said};"
            else:
                # Others need its relation, by whose number it stands.
                columns = self.columns.get(int(relation or 0), ())
                said = ",".join(f"\n    {quote_ident(column[0] or '')} {column[1]}" for column in columns)
                found[int(relation or 0)] = f"CREATE TYPE {name} AS ({said}\n);"
        return found

    def _routines(self) -> dict[int, str]:
        return {int(oid or 0): f"{(text or '').rstrip()};" for oid, text in self._ask(ROUTINES)}

    def _relations_made(self) -> Iterator[tuple[int, str]]:
        for each in self.relations:
            if each.kind == "r":
                yield each.oid, self._table(each)
            elif each.kind == "S":
                row = self._sequences[each.oid]
                if not row[12]:
                    yield each.oid, f"CREATE SEQUENCE {each.name}\n    AS {row[1]}{_sequence_options(row)};"
            else:
                yield each.oid, _view(each)

    def _table(self, table: DumpedRelation) -> str:
        parts = []
        for column, type_, not_null, default, _, generated in self.columns.get(table.oid, ()):
            said = f"{quote_ident(column or '')} {type_}"
            if generated:
                said += f" GENERATED ALWAYS AS ({default}) {'STORED' if generated == 's' else 'VIRTUAL'}"
            elif default is not None:
                said += f" DEFAULT {default}"
            parts.append(said + (" NOT NULL" if not_null == "t" else ""))
        for _, name, kind, relation, _, definition, is_valid in self._constraints:
            if kind == "c" and relation == str(table.oid) and is_valid == "t":
                parts.append(f"CONSTRAINT {quote_ident(name)} {definition}")
        body = "".join(f"\n    {part}," for part in parts).rstrip(",")
        what = "UNLOGGED TABLE" if table.is_unlogged else "TABLE"
        said = ", ".join(_option_said(each) for each in table.options.splitlines())
        options = f"\nWITH ({said})" if said else ""
        return f"CREATE {what} {table.name} ({body}\n){options};"

    # -------------------------------------------------------------- behind the rows

    def after(self) -> Iterator[str]:
        """Yield the statements that make keys, indexes, references, and rows of materialized views."""
        names = {str(each.oid): each.name for each in self.relations}
        references, checks = [], []
        for _, name, kind, relation, _, definition, is_valid in self._constraints:
            if relation not in names:
                continue
            said = f"ALTER TABLE ONLY {names[relation]}\n    ADD CONSTRAINT {quote_ident(name)} {definition};"
            if kind == "f":
                references.append(said)
            elif kind == "c" and is_valid != "t":
                checks.append(said)
            elif kind in "pu":
                yield said
        for (index,) in self._ask(INDEXES):
            yield f"{index};"
        yield from checks
        yield from references
        for each in self.relations:
            if each.kind == "m" and each.is_populated:
                yield f"REFRESH MATERIALIZED VIEW {each.name};"

    def positions(self) -> Iterator[str]:
        """Yield the statements that have sequences go on where they are."""
        for each in self.relations:
            if each.kind == "S":
                ((last, is_called),) = self._ask(f"SELECT last_value, is_called FROM {each.name}")
                called = "true" if is_called == "t" else "false"
                yield f"SELECT pg_catalog.setval({quoted_text(each.name)}, {last}, {called});"


def copied_columns(columns: Sequence[Sequence[str | None]]) -> list[str]:
    """Return the names of the columns whose values are not computed, as they are written."""
    return [quote_ident(column[0] or "") for column in columns if not column[5]]


def _view(view: DumpedRelation) -> str:
    query = view.query.rstrip().removesuffix(";")
    if view.kind == "m":
        return f"CREATE MATERIALIZED VIEW {view.name} AS\n{query}\n  WITH NO DATA;"
    given = view.options.splitlines()
    options = [each for each in given if not each.startswith(CHECK)]
    check = next((each.removeprefix(CHECK).upper() for each in given if each.startswith(CHECK)), "")
    said = f"CREATE VIEW {view.name}" + (f" WITH ({', '.join(options)})" if options else "") + f" AS\n{query}"
    return f"{said}\n  WITH {check} CHECK OPTION;" if check else f"{said};"


def _option_said(option: str) -> str:
    """Return an option of a table, which the catalog has as name=value, as WITH takes it."""
    name, _, value = option.partition("=")
    quoted = value.replace("'", "''")
    return f"{name}='{quoted}'"


def _sequence_options(row: Sequence[str | None]) -> str:
    _, _, start, increment, least, most, cache, cycles, *_ = row
    said = (
        f"\n    START WITH {start}\n    INCREMENT BY {increment}\n    MINVALUE {least}\n    MAXVALUE {most}"
    )
    return f"{said}\n    CACHE {cache}" + ("\n    CYCLE" if cycles == "t" else "")


def _grouped(rows: Sequence[Sequence[str | None]]) -> dict[int, list[Sequence[str | None]]]:
    """Return rows without their first column, by it."""
    found: dict[int, list[Sequence[str | None]]] = {}
    for first, *rest in rows:
        found.setdefault(int(first or 0), []).append(rest)
    return found
