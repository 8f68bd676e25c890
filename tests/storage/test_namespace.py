"""Names and parts of tables, whatever order a commit's definitions come in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from vql import schema
from vql.storage.namespace import Namespace
from vql.types.type import INTEGER

INDEX = schema.Index(10, "t_pkey", 1, ("a",), "btree", primary=True, unique=True)
BEFORE = schema.Table(1, "t", (schema.Column("a", INTEGER),), ("a",), indexes=(INDEX,))


@pytest.mark.parametrize("is_made_first", [True, False])
def test_parts_go_over_to_the_table_that_takes_the_place_of_another(is_made_first: bool) -> None:
    # TRUNCATE makes a table anew, with the indexes and constraints of the one before.
    names = Namespace()
    names.define(1, BEFORE)
    changes = [(2, replace(BEFORE, table_id=2)), (1, None)]
    for object_id, definition in changes if is_made_first else reversed(changes):
        names.define(object_id, definition)
    assert names.part_tables.get(10) == 2
    assert names.index_names.get(("public", "t_pkey")) == 2
    assert names.tables["public", "t"].table_id == 2
