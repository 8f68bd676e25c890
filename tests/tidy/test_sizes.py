"""Files and functions stay small enough to be read at one go."""

from __future__ import annotations

import ast

from sources import ROOT, nodes, sources, tree

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
# Files that do two jobs and wait to be split; the figures may fall, never rise.
LONG_FILES: dict[str, int] = {}


def test_files_are_short():
    lines = {module: len(path.read_text().splitlines()) for module, path in sources().items()}
    assert {m: n for m, n in lines.items() if n > LONG_FILES.get(m, FILE_LINES_MAX)} == {}


def test_functions_are_short():
    long = []
    for module, path in sources().items():
        for node in nodes(path):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            # A flat `match` over node kinds may be as long as there are kinds.
            flat = any(isinstance(statement, ast.Match) for statement in node.body)
            lines = (node.end_lineno or 0) - node.lineno + 1
            if lines > FUNCTION_LINES_MAX and not flat:
                long.append(f"{module}.{node.name}: {lines} lines")
    assert long == []


def test_modules_say_what_they_are():
    assert [module for module, path in sources().items() if not ast.get_docstring(tree(path))] == []


def test_package_inits_hold_no_code():
    for module, path in sources().items():
        if path.name == "__init__.py" and module not in ("vql", "vql.language.ast"):
            assert len(tree(path).body) == 1, f"{path.relative_to(ROOT)} is more than its docstring"


def test_faults_are_named_where_they_are_caught():
    """`except Exception` hides bugs; the outermost loops of server, shell and threads may have it."""
    loops = {
        "vql.server.conversation.client", "vql.server.conversation.connection",
        "vql.session.session", "vql.session.statements.parameters",  # the boundary, and objects of users
        "vql.session.statements.query", "vql.session.statements.changes.write", "vql.storage.columns.misfit",
        "vql.executor.bridge.arrow_input", "vql.executor.frames.given", "vql.executor.frames.files",
        "vql.executor.tuples.reads", "vql.functions.own",  # functions of users
        "vql.executor.bridge.typed.udf",  # carries what a function raised past DuckDB
        "vql.server.worker", "vql.server.conversation.implicit_block",
        "vql.server.conversation.shared_search",  # faults of several clients must stay their own
        "vql.storage.files.group_commit",  # carries a fault to the thread whose commit it is of
        "vql.storage.upkeep.maintainer",  # its thread goes on and logs the fault
        "vql.storage.index.registry",  # faults of installed packages are told as theirs
        "vql.console.embedding",  # a function of somebody's own is told as failing
        "vql.executor.rows.threads",  # carries a fault from a helping thread to the statement's own
    }  # fmt: skip
    for module, path in sources().items():
        for node in nodes(path):
            if isinstance(node, ast.ExceptHandler) and module not in loops:
                names = ast.unparse(node.type) if node.type is not None else "everything"
                assert names not in ("Exception", "everything"), f"{path}:{node.lineno}"
