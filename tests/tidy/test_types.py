"""A type is one file: outside `vql.types` nothing asks for a type by its name."""

from __future__ import annotations

import ast

from sources import sources, tree

from vql.types.type import BASE_TYPES

NAMES = frozenset(BASE_TYPES)
# module -> strings that are names of types and mean something else there.
EXCEPTIONS = {
    # Formats of files.
    "vql.executor.frames.files": {"json"},
    "vql.executor.frames.written": {"json"},
    # Methods of jsonpath: $.bigint()
    "vql.functions.json.jsonpath_methods": {"bigint", "boolean", "integer"},
    "vql.language.bind.queries": {"time"},  # AS OF a time, a version or a snapshot
    "vql.language.terminals": {"interval"},  # the word before a string: INTERVAL '1 day'
    "vql.server.monitoring.logs": {"json", "timestamp"},  # a form of the log, and a key of it
    "vql.session.statements.utility.explain": {"text"},  # EXPLAIN (FORMAT TEXT)
    "vql.shell.prompt": {"vector"},  # the colour of a token [1,2,3]
}
# room -> keys of the JSON that its other side and it tell each other.
KEYS = {
    "vql.console": {"name", "text", "time", "vector"},
    "vql.mcp": {"name", "text"},
}
# What is matched or compared under these names are literals, clauses and formats, not types.
OTHER_WORDS = ("kind", "literal")


def strings(node: ast.expr) -> set[str]:
    """Return the names of types among the strings of a constant or a display."""
    match node:
        case ast.Constant(value=str() as text):
            return {text} & NAMES
        case ast.Tuple(elts=items) | ast.List(elts=items) | ast.Set(elts=items):
            return set().union(*map(strings, items))
        case ast.Dict(keys=keys):
            return set().union(*(strings(key) for key in keys if key is not None))
        case ast.Call(args=items):
            return set().union(*map(strings, items))
        case ast.BinOp(op=ast.BitOr(), left=left, right=right):
            return strings(left) | strings(right)
    return set()


def is_other_word(node: ast.expr) -> bool:
    """Whether an expression is the kind of a literal, a clause or a format."""
    return getattr(node, "attr", getattr(node, "id", "")) in OTHER_WORDS


def compared(tree: ast.AST) -> set[str]:
    """Return the names of types that a module compares with `==` or `in`, matches, or has a table by."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Compare(left=left, comparators=others) if not is_other_word(left):
                found |= set().union(*map(strings, (left, *others)))
            case ast.Match(subject=subject, cases=cases) if not is_other_word(subject):
                patterns = [inner for case in cases for inner in patterns_of(case.pattern)]
                found |= set().union(*(strings(pattern.value) for pattern in patterns))
            case ast.Dict(keys=keys) if len(keys) > 1:
                found |= set().union(*(strings(key) for key in keys if key is not None))
            case ast.Call(func=ast.Name(id="frozenset"), args=items):
                found |= set().union(*map(strings, items))
    return found


def patterns_of(pattern: ast.pattern) -> list[ast.MatchValue]:
    """Return the values a pattern matches, but for those of a literal's or clause's kind."""
    if isinstance(pattern, ast.MatchValue):
        return [pattern]
    inner = list(ast.iter_child_nodes(pattern))
    if isinstance(pattern, ast.MatchClass):
        named = zip(pattern.kwd_attrs, pattern.kwd_patterns, strict=True)
        inner = [*pattern.patterns, *(each for name, each in named if name not in OTHER_WORDS)]
    return [value for each in inner if isinstance(each, ast.pattern) for value in patterns_of(each)]


def test_no_type_is_asked_for_by_its_name():
    asked = {
        module: compared(tree(path))
        - EXCEPTIONS.get(module, set())
        - KEYS.get(module.rpartition(".")[0], set())
        for module, path in sources().items()
        if not module.startswith("vql.types")
    }
    assert {module: words for module, words in asked.items() if words} == {}


def test_the_exceptions_are_few_and_needed():
    assert len(EXCEPTIONS) <= 8
    for module, words in EXCEPTIONS.items():
        assert words <= compared(tree(sources()[module])), module
