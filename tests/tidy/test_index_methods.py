"""Index kinds are found by the registry: the names of their access methods are spelled nowhere else."""

from __future__ import annotations

import ast

from sources import nodes, sources

from vql.storage.index.registry import OURS

HOME = "vql.storage.index"
# (module, name): what is no choice of an index kind.
OTHERS = {
    ("vql.settings.known", "hnsw"),  # pgvector's settings begin with it
    ("vql.settings.known", "ivfflat"),
    ("vql.settings.known", "auto"),  # of plan_cache_mode
    ("vql.schema", "bm25"),  # whose lists the operator <@> is of
    ("vql.shell.screen.display", "auto"),  # of \\pset expanded
    (
        "vql.storage.transactions.definitions",
        "btree",
    ),  # a primary key's index, as PostgreSQL shows it; `keys` is its form
}


def test_methods_are_named_in_the_registrys_folder_alone():
    found = {
        (module, node.value)
        for module, path in sources().items()
        if not f"{module}.".startswith(f"{HOME}.")
        for node in nodes(path)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in OURS
    }
    assert found == OTHERS
