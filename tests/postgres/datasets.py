"""The tables that random statements are about, made alike on any server: every type, and many rows."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

import samples

# Ordinary values: of the others (`samples`) most expressions are errors.
TAME: dict[str, tuple[str, ...]] = {
    "bool": ("t", "f"),
    "int2": ("0", "1", "2", "3", "-4", "10"),
    "int4": ("0", "1", "2", "3", "-5", "7", "12", "100"),
    "int8": ("0", "1", "2", "-3", "5", "11", "1000000", "4294967296"),
    "float4": ("0", "1", "0.5", "-1.5", "2.25", "3.3", "100"),
    "float8": ("0", "1", "0.5", "-1.5", "2.25", "0.1", "3.7", "250", "1e3"),
    "numeric": ("0", "1", "0.5", "-1.50", "2.5", "3", "10.25", "0.1", "99.999"),
    "text": ("a", "b", "ab", "abc", "Hello World", "x,y,z", "", "é", "foo bar", "10", "2020-01-02", "AbC", " x "),
    "varchar": ("a", "b", "abc", "", "Xyz"),
    "bpchar": ("a", "b", "abc", "", "xy "),
    "bytea": ("\\x", "\\x61", "\\x6162", "\\x00ff", "\\x616263"),
    "date": ("2020-01-01", "2020-02-29", "1999-12-31", "2024-06-15", "1970-01-01"),
    "time": ("00:00:00", "12:34:56", "23:59:59.5", "06:30:00", "01:02:03.004"),
    "timestamp": ("2020-01-01 00:00:00", "2020-02-29 12:34:56.789", "1999-12-31 23:59:59", "2024-06-15 08:00:00"),
    "timestamptz": ("2020-01-01 00:00:00+00", "2020-02-29 12:34:56.789+00", "1999-12-31 23:59:59+00",
                    "2024-06-15 08:00:00+02"),
    "interval": ("1 day", "2 hours", "1 mon", "1 year 2 mons 3 days 04:05:06", "-3 days", "00:00:01.5", "0"),
    "uuid": ("00000000-0000-0000-0000-000000000001", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
             "ffffffff-ffff-ffff-ffff-ffffffffffff"),
    "json": ('{"a": 1}', "[1, 2, 3]", '"x"', "1.5", "null", '{"a": {"b": [true, null]}, "c": "d"}'),
    "jsonb": ('{"a": 1}', "[1, 2, 3]", '"x"', "1.5", "null", '{"a": {"b": [true, null]}, "c": "d"}', '["a", "b"]'),
    "bit": ("1010", "0000", "1111", "0110"),
    "varbit": ("1010", "0", "111", "011010"),
    "timetz": ("10:00:00+02", "09:00:00+01", "23:59:59.5-05", "00:00:00+00"),
    "inet": ("10.0.0.1", "10.0.0.1/8", "192.168.1.5/24", "::1", "2001:db8::/32"),
    "cidr": ("10.0.0.0/8", "192.168.1.0/24", "::1/128"),
    "macaddr": ("08:00:2b:01:02:03", "00:00:00:00:00:00"),
    "macaddr8": ("08:00:2b:ff:fe:01:02:03", "08:00:2b:01:02:03:04:05"),
    "int4range": ("empty", "[1,5)", "[3,8)", "(,3)", "[7,)"),
    "numrange": ("empty", "[1.0,5.50)", "(1,5]", "(,3)"),
    "tstzrange": ("empty", "[2020-01-01 00:00:00+00,2020-02-01 00:00:00+00)", "[2020-01-15 00:00:00+00,)"),
    "daterange": ("empty", "[2020-01-01,2020-02-01)", "(,2020-01-15)"),
    "int4multirange": ("{}", "{[1,3),[5,9)}", "{[2,6)}"),
    "nummultirange": ("{}", "{[1.0,3),[5,9.5)}"),
    "vector": ("[1,2,3]", "[0,0,0]", "[-1,0.5,2]", "[3,2,1]"),
    "halfvec": ("[1,2,3]", "[0,0,0]", "[-1,0.5,2]"),
    "sparsevec": ("{1:1,3:2}/3", "{}/3", "{2:-1.5}/3"),
}  # fmt: skip
NAMES = {
    "bool": "boolean", "int2": "smallint", "int4": "integer", "int8": "bigint", "float4": "real",
    "float8": "double precision",
}  # fmt: skip
ARRAYS = ("int4[]", "text[]", "float8[]", "numeric[]", "bool[]", "date[]")
SIZED = {"bpchar": "char(3)", "bit": "bit(4)", "vector": "vector(3)", "halfvec": "halfvec(3)",
         "sparsevec": "sparsevec(3)", "varchar": "varchar(40)"}  # fmt: skip
LARGE = {"rows1": 1, "rows2047": 2047, "rows2049": 2049, "rows50000": 50000}
LARGE_COLUMNS = {
    "id": "int4", "k": "int4", "x": "int8", "f": "float8", "r": "float4", "n": "numeric", "t": "text", "b": "bool",
    "tags": "text[]", "d": "date", "ts": "timestamp", "v": "vector",
}  # fmt: skip


@dataclass(frozen=True)
class Table:
    """A table's columns, by name, with their types; the first is its key."""

    name: str
    columns: dict[str, str]
    is_large: bool = False


def of(type_name: str) -> tuple[str, ...]:
    """Return ordinary values of a type as texts."""
    if type_name.endswith("[]"):
        one = TAME[type_name[:-2]]
        a, b, c = (f'"{value}"' for value in (one[0], one[1 % len(one)], one[2 % len(one)]))
        texts = ("{}", f"{{{a}}}", f"{{{a},{b}}}", f"{{{b},NULL,{c}}}", f"{{{c},{c},{a}}}")
        return texts if '{"' not in one[0] else ("{}",)
    return TAME[type_name]


def extremes(type_name: str) -> tuple[str, ...]:
    """Return a type's edges as texts."""
    return tuple(samples.values_of(NAMES.get(type_name, type_name))) or of(type_name)


def column_type(type_name: str) -> str:
    """Return the type of a column as a definition has it."""
    return SIZED.get(type_name, type_name)


def small() -> list[Table]:
    """Return the tables with a column of every type: ordinary values, and extremes."""
    columns = {"id": "int4"} | {f"c_{name}": name for name in TAME}
    columns |= {f"a_{name[:-2]}": name for name in ARRAYS}
    return [Table("tame", columns), Table("edges", columns)]


def large() -> list[Table]:
    """Return the tables of many rows."""
    return [Table(name, LARGE_COLUMNS, count > 10000) for name, count in LARGE.items()]


def definition(table: Table) -> str:
    """Return the CREATE TABLE of a table."""
    columns = [f"{name} {column_type(kind)}" for name, kind in list(table.columns.items())[1:]]
    if table.name.startswith("rows"):
        columns = [column.replace("n numeric", "n numeric(8,4)") for column in columns]
    return f"CREATE TABLE {table.name} (id int PRIMARY KEY, {', '.join(columns)})"


def rows(table: Table) -> Iterator[tuple[str | None, ...]]:
    """Yield a table's rows as texts, the same ones each time."""
    rng = random.Random(table.name)
    if table.name in LARGE:
        for number in range(LARGE[table.name]):
            yield _row(rng, number)
        return
    values = of if table.name == "tame" else extremes
    for number in range(12):
        cells = []
        for kind in list(table.columns.values())[1:]:
            choice = [text for text in values(kind) if _fits(text, kind)] or of(kind)
            cells.append(None if rng.random() < 0.15 else choice[number % len(choice)])
        yield (str(number), *cells)


def _row(rng: random.Random, number: int) -> tuple[str | None, ...]:
    def maybe(value: object) -> str | None:
        return None if rng.random() < 0.05 else str(value)

    tags = rng.sample("abcdefgh", rng.randrange(4))
    return (
        str(number), maybe(rng.randrange(10)), maybe(rng.randrange(-1000, 10**6)), maybe(rng.randrange(-400, 400) / 8),
        maybe(rng.randrange(-400, 400) / 4), maybe(rng.randrange(-10**6, 10**6) / 10**4),
        maybe(rng.choice(["red", "green", "blue", "", "Ünï", "a b c"]) + str(rng.randrange(5))),
        maybe(rng.choice("tf")), maybe("{" + ",".join(tags) + "}"),
        maybe(f"20{rng.randrange(10, 30)}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}"),
        maybe(f"2020-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d} {rng.randrange(24):02d}:30:00"),
        maybe([rng.randrange(-8, 8) / 4 for _ in range(3)]),
    )  # fmt: skip


def _fits(text: str, kind: str) -> bool:
    """Whether an extreme fits into a column of a fixed size."""
    sizes = {"vector": text.count(",") == 2, "halfvec": text.count(",") == 2, "sparsevec": text.endswith("/3"),
             "bit": len(text) == 4, "bpchar": len(text) <= 3}  # fmt: skip
    return sizes.get(kind, True)
