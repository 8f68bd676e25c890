"""What documents and docstrings say is so: examples run, settings are mentioned, what they name exists."""

from __future__ import annotations

import ast
import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sources import ROOT, sources, tree

from vql.errors import Error
from vql.language.bind.scalars import DISTANCE_FUNCTIONS
from vql.session.database import Database
from vql.session.session import Session
from vql.settings.files import AUTOMATIC, WRITTEN
from vql.settings.known import SETTINGS
from vql.storage.index.registry import GROUP

DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
PACKAGES = [module for module, path in sources().items() if path.name == "__init__.py"]
FOLDERS = ("vql", "executor", "storage", "server", "grammar", "tests", "bench", "examples", "docs")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXPECTED_ERROR = re.compile(r"--\s*error (\w{5})\s*$")
NAME = re.compile(r"`(vql(?:\.\w+)+)(?:\(\))?`")
# A file of ours by its path or name, and a folder.
FILE = re.compile(r"`((?:[\w.-]+/)*[\w.-]+\.(?:py|md|lark|sql|toml|svg|png)|(?:[\w.-]+/)+)`")
# Folders of a database, and where data sets are kept.
NOT_OURS = {"segments/", "indexes/", ".data/"}
# A file in the text of a source, where no quotes set it off: it has a folder.
PATH = re.compile(rf"(?<![\w/.-])((?:{'|'.join(FOLDERS)})/[\w./-]*\w\.(?:py|md|lark|sql|svg))\b")
WORD = re.compile(r"`([a-z_]\w*(?:\.\w+)*)`")
# What begins as a module of ours does.
OURS = re.compile(r"`((?:vql|language|session|shell|executor|storage|server|types)(?:\.\w+)+)(?:\(\))?`")
START = re.compile(r"\b[Ss]tart (?:at|with) `")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def blocks(document: Path, kind: str) -> list[str]:
    """Return the code blocks of one language."""
    return [text for language, text in BLOCK.findall(document.read_text()) if language == kind]


def with_blocks(kind: str) -> list[Path]:
    return [document for document in DOCUMENTS if blocks(document, kind)]


@pytest.mark.parametrize("document", with_blocks("sql"), ids=lambda path: path.name)
def test_sql_examples_run(document, tmp_path):
    database = Database.open(tmp_path / "db")
    session = Session(database)
    try:
        for block in blocks(document, "sql"):
            if "?" in block:
                continue
            for statement in re.split(r"(?<=;)(?=[ \t]*(?:--[^\n]*)?\n)", block):
                run_statement(session, block, statement)
    finally:
        session.close()
        database.close()


def run_statement(session, block: str, statement: str) -> None:
    """Run a statement; a comment right behind it may name the error it must give."""
    end = block.find(statement) + len(statement)
    comment = EXPECTED_ERROR.search(block[end:].split("\n", 1)[0])
    if not session.split(statement):
        return
    if comment is None:
        session.run(statement.strip())
        return
    with pytest.raises(Error) as caught:
        session.run(statement.strip())
    assert caught.value.sqlstate == comment[1], statement


@pytest.mark.parametrize("document", with_blocks("python"), ids=lambda path: path.name)
def test_python_examples_run(document, tmp_path):
    program = "\n".join(blocks(document, "python"))
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("document", with_blocks("console"), ids=lambda path: path.name)
def test_shell_examples_print_what_they_say(document, tmp_path):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for block in blocks(document, "console"):
        for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, expected = step.partition("\n")
            done = subprocess.run(
                ["bash", "-c", command],
                cwd=tmp_path,
                env={**os.environ, "PATH": path},
                capture_output=True,
                text=True,
                timeout=100,
            )
            assert done.stdout == expected, command


def test_every_setting_is_documented():
    text = (ROOT / "docs" / "sql.md").read_text()
    assert [name for name in SETTINGS if f"`{name}`" not in text] == []


def test_every_distance_is_documented():
    text = (ROOT / "docs" / "sql.md").read_text()
    names = set(DISTANCE_FUNCTIONS)
    assert [name for name in names if f"`{name}`" not in text and f"`{name}(" not in text] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_named_functions_exist(document):
    settings = set(SETTINGS)
    for name in NAME.findall(document.read_text()):
        if name not in settings:
            assert name in (GROUP, WRITTEN, AUTOMATIC) or exists(name), f"{document.name} names {name}"


def exists(name: str) -> bool:
    """Whether a dotted name is a module or something in one."""
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            thing: object = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            fields = getattr(thing, "__dataclass_fields__", {})
            if part in fields or part in getattr(thing, "__annotations__", {}):
                return True
            if not hasattr(thing, part):
                return False
            thing = getattr(thing, part)
        return True
    return False


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document):
    for target in LINK.findall(document.read_text()):
        assert (document.parent / target).exists(), f"{document.name} links to {target}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_named_files_exist(document):
    names = {path.name for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()}
    for name in FILE.findall(document.read_text()):
        there = (ROOT / name).exists() or (document.parent / name).exists() or name in names
        assert there or name in (*NOT_OURS, WRITTEN, AUTOMATIC) or exists(name), (
            f"{document.name} names {name}"
        )


def test_the_architecture_has_every_folder():
    text = (ROOT / "docs" / "architecture.md").read_text()
    folders = [sources()[package].parent.relative_to(ROOT) for package in PACKAGES]
    assert [str(folder) for folder in folders if f"| `{folder}/` |" not in text] == []


def test_files_that_sources_name_exist():
    for folder in FOLDERS[:-1]:
        for path in (ROOT / folder).rglob("*.py"):
            for name in PATH.findall(path.read_text()):
                assert (ROOT / name).exists(), f"{path.relative_to(ROOT)} names {name}"


def test_modules_that_sources_name_exist():
    for module in sources().keys() - PACKAGES:
        for name in OURS.findall(sources()[module].read_text()):
            assert name in SETTINGS or name == GROUP or exists(name), f"{module} names {name}"


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_say_where_to_start(package):
    """What a package's docstring sets in quotes is a module, or something in one, of it or beside it."""
    text = ast.get_docstring(tree(sources()[package])) or ""
    holds_modules = any(module.startswith(f"{package}.") for module in sources())
    assert START.search(text) or not holds_modules, f"{package} does not say `Start at ...`"
    places = (package, package.rpartition(".")[0])
    for name in WORD.findall(text):
        assert exists(name) or any(exists(f"{place}.{name}") for place in places), f"{package} names {name}"
