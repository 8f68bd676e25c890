"""The project's own sources, read once for every house rule."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("vql", "executor", "storage", "server", "grammar")


def module_name(path: Path) -> str:
    """Return the name a file is imported by: `storage/store.py` is vql.storage.store."""
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    if parts[0] != "vql":
        parts.insert(0, "vql")
    if parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts)


@cache
def sources() -> dict[str, Path]:
    """Return every module of the package and its file; links are not followed."""
    found = {}
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            linked = any(parent.is_symlink() for parent in path.parents if parent.is_relative_to(ROOT))
            if not linked:
                found[module_name(path)] = path
    return found


@cache
def tree(path: Path) -> ast.Module:
    """Parse a file."""
    return ast.parse(path.read_text(), str(path))


@cache
def nodes(path: Path) -> list[ast.AST]:
    """Return every node of a file."""
    return list(ast.walk(tree(path)))


@cache
def imports(path: Path) -> list[tuple[str, int, bool]]:
    """Return (module, line, at run time) for each import; those below TYPE_CHECKING are not."""
    return list(_imports(path))


def _imports(path: Path) -> Iterator[tuple[str, int, bool]]:
    module = tree(path)
    typing_only = {
        id(inner)
        for node in ast.walk(module)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    known = sources()
    for node in ast.walk(module):
        running = id(node) not in typing_only
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno, running
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute"
            for alias in node.names:
                # `from vql import schema` names a module, `from vql.schema import Table` a thing in it.
                full = f"{node.module}.{alias.name}"
                yield (full if full in known else str(node.module)), node.lineno, running


def reached(graph: dict[str, set[str]], module: str) -> set[str]:
    """Return the modules that one imports, directly or not."""
    found: set[str] = set()
    ahead = [module]
    while ahead:
        ahead += (new := graph[ahead.pop()] - found)
        found |= new
    return found
