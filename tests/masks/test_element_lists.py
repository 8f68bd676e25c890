"""USING gin: what its lists give is what comparing every document and array gives."""

from __future__ import annotations

import json
import random

import pytest

import vql
from vql.session.database import Database
from vql.session.session import Session

ROWS, SEED = 6_000, 11
CONDITIONS = [
    "tags && ARRAY['t1', 't5']", "tags @> ARRAY['t1']", "tags @> ARRAY['t1', 't2']", "'t3' = ANY (tags)",
    "tags @> ARRAY['none']", "tags && ARRAY['none', 't9']", "tags @> ARRAY[]::text[]", "tags @> NULL",
    "numbers @> ARRAY[7]", "numbers && ARRAY[3, 700]", "7 = ANY (numbers)", "numbers @> ARRAY[7, NULL]",
    "NOT tags && ARRAY['t1']", "tags && ARRAY['t1'] AND id < 3000", "tags && ARRAY['t1'] OR id < 30",
    """doc @> '{"kind": "k3"}'""", """doc @> '{"kind": "k3", "deep": {"n": 1}}'""", """doc @> '{"n": 5.0}'""",
    """doc @> '{"list": ["a", 2]}'""", """doc @> '{"none": 1}'""", """doc @> '{}'""", """doc @> '"alone"'""",
    """doc @> '["first"]'""", """doc @> '{"kind": null}'""", """doc @> '{"ok": true}' AND id > 100""",
    "doc ? 'rare'", "doc ? 'none'", "doc ? 'first'", "doc ? 'alone'", "doc ?| ARRAY['rare', 'first']",
    "doc ?& ARRAY['rare', 'kind']", "doc ?& ARRAY['rare', 'none']", "NOT doc ? 'rare'",
    """doc @> '{"kind": "k3"}' OR doc ? 'rare'""",
]  # fmt: skip


def document(generator: random.Random, row: int) -> str | None:
    """Return a document of one of several shapes."""
    if row % 11 == 0:
        return generator.choice([None, '"alone"', '["first", 2]', "[]", "{}", "5", "null"])
    made: dict[str, object] = {"kind": f"k{row % 40}", "n": row % 50, "ok": row % 90 == 0, "kin": "rare"}
    if row % 3 == 0:
        made["deep"] = {"n": row % 4, "list": ["a"]}
    if row % 60 == 0:
        made["list"] = ["a", 2, {"b": None}]
    if row % 100 == 0:
        made["rare"] = "none"
    return json.dumps(made)


@pytest.fixture(scope="module")
def listed(tmp_path_factory):
    generator = random.Random(SEED)
    folder = tmp_path_factory.mktemp("gin") / "db"
    with vql.connect(folder) as made:
        for table in ("listed", "plain"):
            made.execute(f"CREATE TABLE {table} (id int, tags text[], numbers int[], doc jsonb)")
        rows = []
        for row in range(ROWS):
            tags = None if row % 13 == 0 else [f"t{n}" for n in generator.sample(range(300), row % 4)]
            numbers = [*generator.sample(range(900), row % 3), None] if row % 5 else []
            rows.append((row, tags, numbers, document(generator, row)))
        for table in ("listed", "plain"):
            columns = {
                name: [row[i] for row in rows] for i, name in enumerate(("id", "tags", "numbers", "doc"))
            }
            made.insert(table, columns)
        made.execute("CREATE INDEX of_tags ON listed USING gin (tags)")
        made.execute("CREATE INDEX of_numbers ON listed USING gin (numbers array_ops)")
        made.execute("CREATE INDEX of_doc ON listed USING gin (doc jsonb_path_ops)")
        made.execute("VACUUM")
        for table in ("listed", "plain"):
            made.execute(
                f"INSERT INTO {table} SELECT id + {ROWS}, tags, numbers, doc FROM plain WHERE id < 200"
            )
            made.execute(f"DELETE FROM {table} WHERE id % 7 = 3")
        yield made, folder


@pytest.fixture
def connection(listed):
    return listed[0]


@pytest.fixture(scope="module")
def session(listed):
    """A session in which `?` is an operator."""
    database = Database.open(listed[1])
    made = Session(database, style="wire")
    yield made
    made.close()
    database.close()


@pytest.mark.parametrize("condition", CONDITIONS)
def test_lists_of_elements_give_the_rows_of_a_scan(session, condition):
    found, wanted = (
        sorted(session.run(f"SELECT id FROM {table} WHERE {condition}").rows) for table in ("listed", "plain")
    )
    assert found == wanted


@pytest.mark.parametrize("condition", ["doc ? 'rare'", "doc ?| ARRAY['rare', 'first']"])
def test_keys_are_looked_up(session, condition):
    lines = session.run(f"EXPLAIN ANALYZE SELECT id FROM listed WHERE {condition}").rows
    assert any("of_doc" in line for (line,) in lines), lines


@pytest.mark.parametrize(
    ("condition", "index"),
    [
        ("tags @> ARRAY['t1']", "of_tags"), ("tags && ARRAY['t1', 't2']", "of_tags"),
        ("7 = ANY (numbers)", "of_numbers"), ("""doc @> '{"kind": "k3", "n": 3}'""", "of_doc"),
    ],
)  # fmt: skip
def test_the_index_is_named(connection, condition, index):
    lines = connection.execute(f"EXPLAIN ANALYZE SELECT id FROM listed WHERE {condition}").fetchall()
    assert any(index in line for (line,) in lines), lines


def test_what_has_no_elements_is_refused(connection):
    with pytest.raises(vql.Error, match="no default operator class"):
        connection.execute("CREATE INDEX ON listed USING gin (id)")
    with pytest.raises(vql.Error, match="gin_trgm_ops"):
        connection.execute("CREATE INDEX ON listed USING gin (tags gin_trgm_ops)")
    with pytest.raises(vql.Error, match="does not accept"):
        connection.execute("CREATE INDEX ON listed USING gin (tags jsonb_ops)")
