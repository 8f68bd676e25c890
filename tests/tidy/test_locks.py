"""Every lock is written down: docs/concurrency.md says what it protects and when it is taken."""

from __future__ import annotations

import ast

from sources import ROOT, nodes, sources

KINDS = {"Lock", "RLock", "Condition", "Semaphore", "BoundedSemaphore"}
TEXT = (ROOT / "docs" / "concurrency.md").read_text()


def locks() -> dict[str, str]:
    """Return each lock made in a class, as `Class.name`, and its file."""
    found = {}
    for path in sources().values():
        for owner in nodes(path):
            if not isinstance(owner, ast.ClassDef):
                continue
            for node in ast.walk(owner):
                if isinstance(node, ast.Assign) and is_lock(node.value):
                    for target in node.targets:
                        assert isinstance(target, ast.Attribute), f"{path}:{node.lineno}: a lock has an owner"
                        found[f"{owner.name}.{target.attr}"] = str(path.relative_to(ROOT))
    return found


def is_lock(node: ast.AST) -> bool:
    """Whether an expression makes a lock."""
    name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
    return name.split(".")[0] in ("threading", "asyncio", "multiprocessing") and name.split(".")[-1] in KINDS


def test_every_lock_is_documented():
    assert locks(), "the search finds locks"
    missing = {name: file for name, file in locks().items() if f"| `{name}` | `{file}` |" not in TEXT}
    assert missing == {}


def test_every_documented_lock_exists():
    rows = [line.split("|")[1].strip().strip("`") for line in TEXT.splitlines() if line.startswith("| `")]
    assert set(rows) == set(locks())


def test_locks_are_made_by_their_owners_alone():
    """A lock of a module would be state that changes, and has no owner to ask."""
    calls = sum(is_lock(node) for path in sources().values() for node in nodes(path))
    assert calls == len(locks())
