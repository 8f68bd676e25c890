"""Imports point one way: the table of docs/architecture.md, kept."""

from __future__ import annotations

import pytest
from sources import imports, sources

VOCABULARY = {
    "vql.errors", "vql.types.type", "vql.schema", "vql.limits", "vql.types.values", "vql.types.vector",
    "vql.types.bit", "vql.types.sparsevec", "vql.types.opclasses", "vql.types.moments",
    "vql.settings",
}  # fmt: skip
PACKAGES = {"grammar", "language", "storage", "executor", "server", "shell"}
# room -> the rooms it may import, besides itself and the vocabulary.
MAY_IMPORT = {
    "vocabulary": set(),
    "grammar": set(),
    "language": {"grammar"},
    "storage": set(),
    "executor": {"storage", "plan"},
    "face": {"language", "plan", "storage", "executor"},
    "server": {"face", "ast"},
    "shell": {"face"},
    "vql": {"face"},
}
# The executor sees plan nodes and the syntax tree of what DuckDB is to run; nothing that parses.
PLAN = {"vql.language.plan", "vql.language.ast.nodes"}
# The shell reads COPY's file formats, which know no socket, and starts the server.
EXCEPTIONS = {
    ("vql.shell.loading", "vql.server.copy"),
    ("vql.shell.loading", "vql.server.cells"),
    ("vql.shell.main", "vql.server.supervisor"),
    ("vql.shell.main", "vql"),
}


def room(module: str) -> str:
    """Return the room of a module."""
    if module in VOCABULARY:
        return "vocabulary"
    parts = module.split(".")
    if len(parts) == 1:
        return "vql"
    # What lies beside the packages is the session, in its parts, and its faces.
    return parts[1] if parts[1] in PACKAGES else "face"


def allowed(importer: str, imported: str) -> bool:
    """Whether one module may import another."""
    here, there = room(importer), room(imported)
    if there in (here, "vocabulary") or (importer, imported) in EXCEPTIONS:
        return True
    may = MAY_IMPORT[here]
    if there == "language":
        return (
            "language" in may
            or ("plan" in may and imported in PLAN)
            or ("ast" in may and imported == "vql.language.ast.nodes")
        )
    return there in may


@pytest.mark.parametrize("module", sources())
def test_imports_point_one_way(module):
    wrong = [
        f"line {line}: {imported}"
        for imported, line, running in imports(sources()[module])
        if imported.split(".")[0] == "vql" and running and not allowed(module, imported)
    ]
    assert wrong == []


def test_every_module_has_a_room():
    rooms = {room(module) for module in sources()}
    assert rooms <= set(MAY_IMPORT), f"unknown rooms: {rooms - set(MAY_IMPORT)}"


def test_only_the_metastore_and_blob_files_know_lmdb():
    users = {
        m for m, path in sources().items() for name, _, _ in imports(path) if name.split(".")[0] == "lmdb"
    }
    assert users <= {"vql.storage.files.metastore", "vql.storage.files.blobfile", "vql.storage.upkeep.check"}


def test_rooms_are_imported_below_vql():
    bare = {"executor", "storage", "server", "grammar"}
    wrong = [
        (module, name)
        for module, path in sources().items()
        for name, _, _ in imports(path)
        if name.split(".")[0] in bare
    ]
    assert wrong == []
