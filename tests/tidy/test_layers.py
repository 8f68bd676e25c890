"""Imports point one way, between folders, between the rooms of a folder and between files."""

from __future__ import annotations

import ast

from sources import imports, nodes, reached, sources

# What every folder may import; itself from the left to the right.
VOCABULARY = (
    "dataclass",
    "errors",
    "boundary",
    "memory",
    "deadline",
    "limits",
    "roles",
    "calendar",
    "types",
    "fulltext",
    "functions",
    "naming",
    "constraints",
    "routines",
    "options",
    "schema",
    "typed",
    "quantities",
    "settings",
)
# folder -> the folders it may import, besides itself and the vocabulary.
FOLDERS = {
    "grammar": set(),
    "language": {"grammar"},
    "storage": set(),
    "executor": {"storage", "plan"},
    "session": {"language", "storage", "executor"},
    "python": {"session", "executor", "storage"},
    "dbapi": {"python"},
    "alchemy": {"dbapi"},
    "server": {"session", "ast"},
    "link": {"session", "server"},
    "console": {"link", "language"},
    "mcp": {"console", "link", "language"},
    "shell": {"session", "python", "server", "language", "link", "console", "mcp", ""},
    "": {"dbapi", "python"},
    "__main__": {"shell"},
}
# The rooms of a folder from the lowest level to the highest: a file imports from its own level or below.
LEVELS = {
    "language": [
        "ast",
        "strings lexer sequences tables terminals",
        "build",
        "parser",
        "analyze",
        "plan",
        "modify",
        "bind",
        "pushdown",
        "planner",
        "normalize words",
    ],
    "storage": [
        "columns files persistent",
        "keys index clock locks namespace",
        "segments jobs",
        "catalog snapshot history",
        "upgrade",
        "",
        "transactions",
        "upkeep",
        "backup",
        "bucket",
    ],
    "session": [
        "advisory cluster contract database identity notifications results transaction_block",
        "objects",
        "statements",
        "",
        "copies",
    ],
    "executor": ["knn", "rows", "masks", "shapes", "tuples", "bridge", "frames", ""],
    "link": ["link", ""],
    "shell": [
        "scanner",
        "screen",
        "variables terminal loading",
        "commands",
        "opening statements",
        "moving",
        "machine",
        "",
    ],
    "server": ["startup unnamed", "protocol access_rules monitoring", "conversation", ""],
}
# The executor sees plans, the syntax tree that DuckDB is to run, and for the catalog which views take
# changes and how definitions are shown; the server the statement's kind.
PARTS = {
    "plan": (
        "vql.language.plan",
        "vql.language.modify",
        "vql.language.ast",
        "vql.language.analyze",
        "vql.language.bind.changes.updatable",
        "vql.language.bind.definitions.routines",
        "vql.language.bind.definitions.routines_shown",
        "vql.language.bind.definitions.shown",
    ),
    "ast": ("vql.language.ast",),
}
# (importer, imported): what points the wrong way till it is mended. Three lines at most.
EXCEPTIONS: set[tuple[str, str]] = set()


def folder(module: str) -> str:
    """Return the folder of a module below vql, "" for the package itself."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def level(module: str) -> int:
    """Return the level of a module among the rooms of its folder."""
    levels = LEVELS[folder(module)]
    room = module.split(".")[2] if module.count(".") > 1 else ""
    found = [number for number, rooms in enumerate(levels) if room in rooms.split()]
    return found[0] if found else levels.index("")


def allowed(importer: str, imported: str) -> bool:
    """Whether one module may import another."""
    here, there = folder(importer), folder(imported)
    if (importer, imported) in EXCEPTIONS:
        return True
    if here in VOCABULARY:
        return there in VOCABULARY and VOCABULARY.index(there) <= VOCABULARY.index(here)
    if there in VOCABULARY:
        return True
    if here == there:
        return here not in LEVELS or level(imported) <= level(importer)
    may = FOLDERS[here]
    parts = [prefix for part in may & PARTS.keys() for prefix in PARTS[part]]
    return there in may or any(f"{imported}.".startswith(f"{prefix}.") for prefix in parts)


def test_imports_point_one_way():
    wrong = [
        f"{module}, line {line}: {imported}"
        for module, path in sources().items()
        for imported, line, _ in imports(path)
        if imported.split(".")[0] == "vql" and not allowed(module, imported)
    ]
    assert wrong == []


def test_every_module_has_a_folder():
    folders = {folder(module) for module in sources()}
    assert folders <= {*FOLDERS, *VOCABULARY}


def test_no_files_import_each_other_in_a_circle():
    """Those under TYPE_CHECKING count: a reader follows them too."""
    known = sources()
    graph = {
        module: {name for name, _, _ in imports(path) if name in known and name != module}
        for module, path in known.items()
    }
    assert [module for module in sorted(graph) if module in reached(graph, module)] == []


def test_the_exceptions_are_few():
    assert len(EXCEPTIONS) <= 3


def test_only_files_know_lmdb():
    users = {
        m for m, path in sources().items() for name, _, _ in imports(path) if name.split(".")[0] == "lmdb"
    }
    assert users <= {
        "vql.storage.files.metastore", "vql.storage.files.blobfile", "vql.storage.files.header",
        "vql.storage.files.environment",
    }  # fmt: skip


def test_rooms_are_imported_below_vql():
    bare = {"executor", "storage", "server", "grammar"}
    wrong = [
        (module, name)
        for module, path in sources().items()
        for name, _, _ in imports(path)
        if name.split(".")[0] in bare
    ]
    assert wrong == []


def test_dataclasses_are_those_that_cost_little_at_import():
    wrong = [
        module
        for module, path in sources().items()
        for node in nodes(path)
        if isinstance(node, ast.ImportFrom) and node.module == "dataclasses" and module != "vql.dataclass"
        if "dataclass" in [alias.name for alias in node.names]
    ]
    assert wrong == []
