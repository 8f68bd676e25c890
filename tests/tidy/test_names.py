"""Names are the field's words, defined once; each limit limits something.

The lists below hold what is not so yet. They may shrink: an entry that is no longer needed fails as well.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator

from sources import sources, tree

# Words of a conversation, not of a database: they say nothing to the next reader.
PROSE = {"told", "around", "further", "again", "asked"}
# `main` is what a command starts with, everywhere.
EVERYWHERE = {"main"}
DUPLICATES = """
    Column Parameter decoded
"""
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def given_names(module: str) -> Iterator[str]:
    """Yield the names a module gives to functions, classes, attributes and parameters."""
    for node in ast.walk(tree(sources()[module])):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.arg(arg=name) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name


def test_names_are_words_of_the_field():
    found = {
        f"{module.rpartition('.')[2]}.{name}"
        for module in sources()
        for name in given_names(module)
        if PROSE & set(name.split("_"))
    }
    assert found == set()


def test_names_are_defined_once():
    places = defaultdict(set)
    for module, path in sources().items():
        for node in tree(path).body:
            # A private name is its file's own.
            if isinstance(node, Definition) and not node.name.startswith("_"):
                places[node.name].add(module)
    twice = {name: modules for name, modules in places.items() if len(modules) > 1 and name not in EVERYWHERE}
    assert twice.keys() - DUPLICATES.split() == set(), twice
    assert set(DUPLICATES.split()) - twice.keys() == set(), "these are defined once now: take them out"


def test_every_limit_limits_something():
    limits = {
        target.id
        for node in tree(sources()["vql.limits"]).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    used = {
        getattr(node, "id", None) or getattr(node, "attr", None)
        for module, path in sources().items()
        if module != "vql.limits"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Name | ast.Attribute)
    }
    assert limits - used == set()
