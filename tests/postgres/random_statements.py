"""Random statements: queries in every shape, and changes; and one statement at least for every operation."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import datasets
from datasets import Table
from expressions import COMPARABLE, VALUE, Column, Expressions, column, constant
from nodes import Node, clause, expression, listed, query
from operations import Catalog, Operation

# Aggregates of rows in an order: they get one, so that there is one answer.
OF_AN_ORDER = (
    "array_agg",
    "string_agg",
    "json",
    "any_value",
    "sum",
    "avg",
    "stddev",
    "var",
    "regr",
    "covar",
    "corr",
)
PARAMETERS_SHARE = 0.15
EXACT = ("bool", "int2", "int4", "int8", "text", "date", "timestamp", "uuid", "bytea")
SORTABLE = (*COMPARABLE, "int4[]", "text[]", "numeric[]")
# What is the same where it is equal: 24:00 is a day, a char may end in blanks, and zero has two signs.
ALIKE = tuple(name for name in SORTABLE if name not in ("interval", "bpchar", "float4", "float8"))

FRAMES = ("", "", "", " ROWS BETWEEN 1 PRECEDING AND CURRENT ROW", " ROWS UNBOUNDED PRECEDING",
          " RANGE BETWEEN 1 PRECEDING AND 2 FOLLOWING",
          " ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING EXCLUDE CURRENT ROW",
          " RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING", " GROUPS CURRENT ROW EXCLUDE TIES",
          " ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING", " GROUPS 1 PRECEDING",
          " GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING")  # fmt: skip


@dataclass
class Case:
    """A statement. `is_ordered`: its rows come in one order; `changes`: a table to look at behind it."""

    node: Node
    is_ordered: bool = False
    changes: str = ""
    has_parameters: bool = False  # for its constants

    @property
    def sql(self) -> str:
        return str(self.node)


@dataclass
class Source:
    """What stands in a FROM clause: its columns, and one that is unique where there is one."""

    node: Node
    columns: list[Column]
    key: str = ""
    is_large: bool = False


@dataclass
class Statements:
    """Makes statements over tables: each of its own number, whatever was made before."""

    seed: int
    catalog: Catalog
    types: Sequence[str]
    tables: Sequence[Table]
    rng: random.Random = field(default_factory=random.Random)
    _aliases: int = 0
    _ctes: list[Source] = field(default_factory=list)

    def case(self, number: int) -> Case:
        """Return a statement."""
        self.rng.seed(f"{self.seed} {number}")
        self._aliases, self._ctes = 0, []
        case = self._case()
        return replace(case, has_parameters=self.rng.random() < PARAMETERS_SHARE)

    def _case(self) -> Case:
        roll = self.rng.random()
        if roll < 0.12:
            return self._change()
        if roll < 0.2:
            return Case(self._set_operation(2))
        if roll < 0.3:
            return self._with()
        node, ordered = self._select(self.rng.choice((1, 2, 2, 3)))
        return Case(node, ordered)

    def sweep(self, made: Operation) -> Iterator[Case]:
        """Yield statements of one operation: of constants, then of columns."""
        self.rng.seed(f"{self.seed} {made}")
        for table in (None, self.tables[0], self.tables[1]):
            node = self._swept(made, table)
            if node is not None:
                yield Case(node)

    def of_types(self) -> Iterator[Case]:
        """Yield the values of each type, and the columns of each."""
        for name in self.types:
            for text in dict.fromkeys((*datasets.of(name), *datasets.extremes(name))):
                quoted = "'" + text.replace("'", "''") + "'"
                yield Case(query("SELECT ", constant(name, f"{quoted}::{name}")))
        for table in self.tables:
            for name, kind in table.columns.items():
                if not table.name.startswith("rows"):
                    yield Case(query("SELECT ", column(Column(name, kind)), f" FROM {table.name}"))

    def _swept(self, made: Operation, table: Table | None) -> Node | None:
        columns = [Column(name, kind) for name, kind in table.columns.items()] if table else []
        maker = self._maker(columns)
        source = f" FROM {table.name}" if table else ""
        if made.kind == "window":
            if table is None:
                return None
            return query("SELECT id, ", maker.call(made, 1), " OVER (ORDER BY id)", source)
        if made.kind == "rows":
            return query("SELECT * FROM ", maker.call(made, 1), " AS f") if table is None else None
        if made.kind == "aggregate":
            if table is None:
                return None
            return query("SELECT ", self._aggregate(maker, made, "id"), source)
        return query("SELECT ", maker.call(made, 1), source)

    # ------------------------------------------------------------ queries

    def _maker(self, columns: list[Column], depth: int = 0) -> Expressions:
        def subquery(type_name: str, is_single: bool = False) -> Node:
            return self._subquery(type_name, columns, depth - 1, is_single)

        return Expressions(self.rng, self.catalog, self.types, columns, subquery if depth > 1 else None)

    def _subquery(self, type_name: str, outer: list[Column], depth: int, is_single: bool) -> Node:
        source = self._table(small=True)
        maker = self._maker([*source.columns, *(outer if self.rng.random() < 0.4 else [])], depth)
        item = maker.value(type_name, 1)
        if is_single:
            return query(
                "SELECT ", item, " FROM ", source.node, f" WHERE {source.key} = {self.rng.randrange(12)}"
            )
        return query("SELECT ", item, " FROM ", source.node, clause(" WHERE ", maker.value("bool", 1)))

    def _select(self, depth: int, types: Sequence[str] = ()) -> tuple[Node, bool]:
        source = self._source(depth)
        maker = self._maker(source.columns, 0 if source.is_large else depth)
        level = 1 if source.is_large else depth
        where = clause(" WHERE ", maker.value("bool", level)) if self.rng.random() < 0.5 else clause()
        roll = self.rng.random()
        if source.is_large or roll < 0.25:
            return self._grouped(source, maker, where, types), False
        items = [maker.value(name, level) for name in types or self._wanted(self.rng.randrange(1, 4))]
        if not types and roll < 0.4 and source.key and self.catalog.windows:
            items.append(self._window(maker, source))
        return self._finished(items, source, where, bool(types))

    def _finished(self, items: list[Node], source: Source, where: Node, is_branch: bool) -> tuple[Node, bool]:
        shown: list[Node] = items
        if self.rng.random() < 0.3:
            shown = [Node((item, f" AS a{place}")) for place, item in enumerate(items)]
        roll = self.rng.random()
        order, ordered, distinct = clause(), False, ""
        if not is_branch and roll < 0.12 and all(item.type in ALIKE for item in items):
            distinct = "DISTINCT "
        elif not is_branch and source.key and roll < 0.45:
            direction = self.rng.choice(["", " DESC", " NULLS FIRST", " DESC NULLS LAST"])
            sorts = [name for name in range(1, len(items) + 1) if items[name - 1].type in SORTABLE]
            first = f"{self.rng.choice(sorts)}{direction}, " if sorts and self.rng.random() < 0.6 else ""
            limit = f" LIMIT {self.rng.randrange(6)}" if self.rng.random() < 0.5 else ""
            limit += f" OFFSET {self.rng.randrange(4)}" if self.rng.random() < 0.3 else ""
            order, ordered = Node((f" ORDER BY {first}{source.key}", clause(limit))), True
        elif not is_branch and roll < 0.6 and all(item.type in SORTABLE for item in items):
            order = clause(" ORDER BY " + ", ".join(str(place) for place in range(1, len(items) + 1)))
        list_ = listed(shown, least=len(shown) if is_branch or ordered else 1)
        return query(f"SELECT {distinct}", list_, " FROM ", source.node, where, order), ordered

    def _grouped(self, source: Source, maker: Expressions, where: Node, types: Sequence[str]) -> Node:
        groups = [c for c in source.columns if c.type in ALIKE and c.sql != source.key]
        groups = self.rng.sample(groups, min(len(groups), self.rng.randrange(3)))
        inner = self._maker(groups)
        items: list[Node] = [column(group) for group in groups] if not types else []
        for name in types or self._wanted(self.rng.randrange(1, 4)):
            if self.rng.random() < 0.08:
                items.append(self._within_group(maker))
                continue
            choice = self.catalog.aggregates.get(name, [])
            if not source.key:
                choice = [made for made in choice if not made.name.startswith(OF_AN_ORDER)]
            if choice and self.rng.random() < 0.85:
                made = self.rng.choice(choice)
                if set(made.arguments) <= set(self.types):
                    items.append(self._aggregate(maker, made, source.key))
                    continue
            items.append(inner.value(name, 1) if groups else inner.literal(name))
        if not items:
            items = [expression("int8", "count(*)", uses="count(*)")]
        by = clause(" GROUP BY ", listed([group.sql for group in groups])) if groups else clause()
        if groups and not types and self.rng.random() < 0.2:
            items.append(expression("int4", f"grouping({groups[0].sql})", uses=f"{VALUE}grouping"))
            word = self.rng.choice(("ROLLUP (", "CUBE (", "GROUPING SETS ((), "))
            by = Node(
                (f" GROUP BY {word}", ", ".join(group.sql for group in groups), ")"), features=(VALUE + word,)
            )
        having = clause()
        if groups and self.rng.random() < 0.3:
            having = clause(f" HAVING count(*) > {self.rng.randrange(3)}")
        list_ = listed(items, least=len(items) if types else 1)
        return query("SELECT ", list_, " FROM ", source.node, where, by, having)

    def _aggregate(self, maker: Expressions, made: Operation, key: str) -> Node:
        plain = Expressions(self.rng, self.catalog, self.types, maker.columns)
        call = plain.call(made, 1)
        within = (
            [clause(" ORDER BY " + key)]
            if key and made.name.startswith(OF_AN_ORDER) and made.arguments
            else []
        )
        head = "DISTINCT " if not within and len(made.arguments) == 1 and self.rng.random() < 0.15 and (
            made.arguments[0] in SORTABLE) else ""  # fmt: skip
        if not made.arguments:
            call = expression(call.type, f"{made.name}(*)", uses=str(made))
        elif head or within:
            first = str(call.parts[0])
            call = expression(call.type, first, head, *call.parts[1:-1], *within, ")", uses=str(made))
        if self.rng.random() < 0.2:
            kept = clause(" FILTER (WHERE ", plain.value("bool", 1), ")")
            return expression(call.type, call, kept, uses=f"{VALUE}FILTER")
        return call

    def _within_group(self, maker: Expressions) -> Node:
        head, kinds = self.rng.choice([
            ("percentile_cont(0.5)", ("float8",)), ("percentile_disc(0.25)", EXACT), ("mode()", EXACT),
            ("percentile_cont(ARRAY[0, 0.3, 1])", ("float8",)), ("rank(3)", ("int4",)),
        ])  # fmt: skip
        name = self.rng.choice([kind for kind in kinds if kind in self.types])
        plain = Expressions(self.rng, self.catalog, self.types, maker.columns)
        order = self.rng.choice(("", " DESC", " NULLS FIRST"))
        result = {"rank(3)": "int8", "percentile_cont(ARRAY[0, 0.3, 1])": "float8[]"}.get(head, name)
        return expression(
            result,
            f"{head} WITHIN GROUP (ORDER BY ",
            plain.value(name, 1),
            f"{order})",
            uses=f"{VALUE}{head}",
        )

    def _window(self, maker: Expressions, source: Source) -> Node:
        made = self.rng.choice([m for name in self.catalog.windows for m in self.catalog.windows[name]])
        if self.rng.random() < 0.4:
            choice = [
                m for name in ("int8", "numeric", "float8", "text") for m in self.catalog.aggregates[name]
            ]
            choice = [m for m in choice if set(m.arguments) <= set(self.types) and len(m.arguments) == 1]
            made = self.rng.choice(choice or [made])
        plain = Expressions(self.rng, self.catalog, self.types, maker.columns)
        call = plain.call(made, 1)
        groups = [c for c in source.columns if c.type in SORTABLE]
        part = f"PARTITION BY {self.rng.choice(groups).sql} " if groups else ""
        frame = self.rng.choice(FRAMES)
        over = (" OVER (", clause(part), f"ORDER BY {source.key}", clause(frame), ")")
        return expression(call.type, call, *over, uses=f"{VALUE}OVER")

    def _set_operation(self, depth: int) -> Node:
        types = [name for name in self._wanted(self.rng.randrange(1, 3)) if name in ALIKE] or ["int4"]
        branches: list[Node] = []
        for _ in range(self.rng.randrange(2, 4)):
            inner, _ = self._select(min(depth, 2), types)
            if set(types) <= set(EXACT) and self.rng.random() < 0.25:
                order = ", ".join(str(place + 1) for place in range(len(types)))
                limit = clause(
                    f" LIMIT {self.rng.randrange(1, 9)}", clause(f" OFFSET {self.rng.randrange(3)}")
                )
                inner = (
                    Node(("(", inner, ") UNION ALL ", inner), "query") if self.rng.random() < 0.2 else inner
                )
                inner = Node((inner, clause(f" ORDER BY {order}", limit)), "query")
                branches.append(Node(("(", inner, ")"), "query"))
                continue
            branches.append(Node(("(", inner, ")"), "query") if self.rng.random() < 0.5 else inner)
        words = [self.rng.choice(["UNION", "UNION ALL", "INTERSECT", "EXCEPT", "EXCEPT ALL", "INTERSECT ALL"])
                 for _ in branches[1:]]  # fmt: skip
        parts: list[str | Node] = [branches[0]]
        for word, branch in zip(words, branches[1:], strict=True):
            parts += [f" {word} ", branch]
        order = clause(" ORDER BY " + ", ".join(str(place + 1) for place in range(len(types))))
        return query(*parts, order, uses=f"{VALUE}{words[0]}")

    def _with(self) -> Case:
        inner, _ = self._select(2)
        types = self._wanted(2)
        maker_source = self._source(1)
        maker = self._maker(maker_source.columns, 1)
        if maker_source.is_large:
            return Case(inner)
        items = [Node((maker.value(name, 1), f" AS q{place}")) for place, name in enumerate(types)]
        body = query("SELECT ", listed(items, least=len(items)), " FROM ", maker_source.node)
        word = self.rng.choice(["", "", "MATERIALIZED ", "NOT MATERIALIZED "])
        alias = self._alias()
        columns = [Column(f"{alias}.q{place}", name) for place, name in enumerate(types)]
        self._ctes = [Source(Node((f"w AS {alias}",)), columns)]
        outer, ordered = self._select(2)
        return Case(query(f"WITH w AS {word}(", body, ") ", outer, uses=f"{VALUE}WITH"), ordered)

    # ------------------------------------------------------------ FROM

    def _alias(self) -> str:
        self._aliases += 1
        return f"s{self._aliases}"

    def _table(self, small: bool = False) -> Source:
        choice = [t for t in self.tables if not (small and t.name.startswith("rows"))]
        # Many rows take long: enough of them to meet a batch's edge, few enough for many statements.
        weights = [
            {"tame": 20, "edges": 6}.get(table.name, 0.05 if table.is_large else 0.5) for table in choice
        ]
        table = self.rng.choices(choice, weights)[0]
        alias = self._alias()
        columns = [Column(f"{alias}.{name}", kind) for name, kind in table.columns.items()]
        is_large = table.name.startswith("rows") and table.name != "rows1"
        return Source(Node((f"{table.name} AS {alias}",)), columns, f"{alias}.id", is_large)

    def _source(self, depth: int) -> Source:
        roll = self.rng.random()
        if self._ctes and roll < 0.7:
            return self._ctes[0]
        if roll < 0.6 or depth < 2:
            return self._table()
        if roll < 0.75:
            return self._join() if self.rng.random() < 0.7 else self._lateral()
        if roll < 0.87:
            return self._derived(depth - 1)
        alias = self._alias()
        if roll < 0.94:
            rows = [
                f"({n}, {value})"
                for n, value in enumerate(self.rng.sample(["'a'", "'b'", "NULL", "'x y'"], 3))
            ]
            columns = [Column(f"{alias}.n", "int4"), Column(f"{alias}.t", "text")]
            return Source(Node(("(VALUES ", listed(rows), f") AS {alias}(n, t)")), columns)
        stop = self.rng.randrange(8)
        columns = [Column(f"{alias}.n", "int4")]
        return Source(Node((f"generate_series(1, {stop}) AS {alias}(n)",)), columns, f"{alias}.n")

    def _join(self) -> Source:
        left, right = self._table(small=True), self._table(small=True)
        word = self.rng.choice(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN"])
        columns = left.columns + right.columns
        if word == "CROSS JOIN":
            return Source(Node((left.node, " CROSS JOIN ", right.node)), columns)
        extra = clause()
        if self.rng.random() < 0.4 and word != "FULL JOIN":
            extra = clause(" AND ", self._maker(columns).value("bool", 1))
        on = f" ON {left.key} = {right.key}"
        return Source(
            Node((left.node, f" {word} ", right.node, on, extra), features=(VALUE + word,)), columns
        )

    def _lateral(self) -> Source:
        left, alias = self._table(small=True), self._alias()
        name = self.rng.choice(self.types)
        columns = [*left.columns, Column(f"{alias}.q0", name)]
        if self.rng.random() < 0.5:
            item = self._maker(left.columns).value(name, 1)
            parts = (left.node, " CROSS JOIN LATERAL (SELECT ", item, f" AS q0) AS {alias}")
            return Source(Node(parts, features=(VALUE + "LATERAL",)), columns, left.key)
        right = self._table(small=True)
        item = self._maker([*left.columns, *right.columns]).value(name, 1)
        rest = f" AS q0 FROM {right.node} WHERE {right.key} <= {left.key} ORDER BY {right.key} DESC LIMIT 1)"
        parts = (left.node, " LEFT JOIN LATERAL (SELECT ", item, f"{rest} AS {alias} ON true")
        return Source(Node(parts, features=(VALUE + "LATERAL",)), columns, left.key)

    def _derived(self, depth: int) -> Source:
        alias = self._alias()
        types = self._wanted(2)
        inner, _ = self._select(depth, types)
        names = ", ".join(f"q{place}" for place in range(len(types)))
        columns = [Column(f"{alias}.q{place}", name) for place, name in enumerate(types)]
        return Source(Node(("(", inner, f") AS {alias}({names})"), features=(VALUE + "derived",)), columns)

    def _wanted(self, count: int) -> list[str]:
        return [self.rng.choice(self.types) for _ in range(count)]

    # ------------------------------------------------------------ changes

    def _change(self) -> Case:
        table = self.tables[0]
        columns = [Column(name, kind) for name, kind in table.columns.items()]
        maker = self._maker([Column(f"{table.name}.{c.sql}", c.type) for c in columns], 2)
        changed = self.rng.sample(columns[1:], self.rng.randrange(1, 3))
        sets = [Node((f"{c.sql} = ", self._assigned(maker, c.type))) for c in changed]
        shown: list[str | Node] = [f"{table.name}.id", *(f"{table.name}.{c.sql}" for c in changed)]
        returned = clause(" RETURNING ", listed([*shown, maker.value(self.rng.choice(self.types), 1)]))
        where = clause(" WHERE ", maker.value("bool", 2))
        names = ", ".join(["id", *(c.sql for c in changed)])
        head = f"INSERT INTO {table.name} ({names})"
        match self.rng.randrange(8):
            case 0:
                node = Node((f"DELETE FROM {table.name}", where, returned))
            case 5 | 6:
                node = self._joined_change(table, columns, changed, shown)
            case 7:
                values = [
                    self._row(key, changed) for key in self.rng.sample(range(6, 16), self.rng.randrange(1, 4))
                ]
                both = self._maker([*maker.columns, *(Column(f"excluded.{c.sql}", c.type) for c in changed)])
                updates = [Node((f"{c.sql} = ", self._assigned(both, c.type))) for c in changed]
                kept = clause(" WHERE ", both.value("bool", 1))
                conflict = Node((" ON CONFLICT (id) DO UPDATE SET ", listed(updates), kept))
                node = Node((f"{head} VALUES ", listed(values), conflict, returned))
            case 1 | 2:
                node = Node((f"UPDATE {table.name} SET ", listed(sets), where, returned))
            case 3:
                values = [self._row(100 + row, changed) for row in range(self.rng.randrange(1, 4))]
                conflict = clause(" ON CONFLICT DO NOTHING") if self.rng.random() < 0.2 else clause()
                node = Node((f"{head} VALUES ", listed(values), conflict, returned))
            case _:
                parts = [part for c in changed for part in (", ", self._assigned(maker, c.type))]
                node = Node((f"{head} SELECT id + 200", *parts, f" FROM {table.name}", where, returned))
        return Case(node, changes=table.name)

    def _joined_change(
        self, table: Table, columns: list[Column], changed: list[Column], shown: list[str | Node]
    ) -> Node:
        """Return an UPDATE FROM or a DELETE USING."""
        other = self._table(small=True)
        scope = [Column(f"{table.name}.{c.sql}", c.type) for c in columns]
        maker = self._maker([*scope, *other.columns])
        match = f" WHERE {table.name}.id = {other.key}"
        extra = clause(" AND ", maker.value("bool", 1))
        returned = clause(
            " RETURNING ", listed([*shown, other.key, maker.value(self.rng.choice(self.types), 1)])
        )
        if self.rng.random() < 0.5:
            return Node((f"DELETE FROM {table.name} USING ", other.node, match, extra, returned))
        sets = [Node((f"{c.sql} = ", self._assigned(maker, c.type))) for c in changed]
        return Node((f"UPDATE {table.name} SET ", listed(sets), " FROM ", other.node, match, extra, returned))

    def _row(self, key: int, columns: list[Column]) -> Node:
        maker = self._maker([])
        return Node(
            (f"({key}", *(part for c in columns for part in (", ", self._assigned(maker, c.type))), ")")
        )

    def _assigned(self, maker: Expressions, type_name: str) -> Node:
        """Return a value for a column: of its type, or of one that an assignment casts."""
        casts = [m for m in self.catalog.by_result.get(type_name, ()) if m.willingness in ("a", "i")]
        sources = [m.arguments[0] for m in casts if m.arguments[0] in self.types]
        if sources and self.rng.random() < 0.2:
            return maker.value(self.rng.choice(sources), 1)
        return maker.value(type_name, 2)


def constants(type_name: str) -> list[str]:
    """Return values an expression may give way to, the simplest first."""
    if type_name.removesuffix("[]") not in datasets.TAME:
        return []
    return [
        f"NULL::{type_name}",
        *(f"'{text}'::{type_name}" for text in datasets.of(type_name)[:2] if "'" not in text),
    ]
