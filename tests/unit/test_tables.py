"""The parser's tables are made once, kept, and made anew where what was kept is of no use."""

from __future__ import annotations

import importlib.resources
import os
import shutil

import pytest

from vql.language import parser, tables
from vql.language.build.builder import Builder

STATEMENT = "SELECT a, count(*) FROM t WHERE b IN (1, 2) AND NOT c GROUP BY a ORDER BY 2 DESC LIMIT 3"


def fresh():
    parser._parser.cache_clear()
    return parser.parse(STATEMENT)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    yield tmp_path / "vql"
    parser._parser.cache_clear()


@pytest.fixture(scope="module")
def made():
    """The tables as lark makes them, which takes it seconds."""
    return tables.make(importlib.resources.files("vql.grammar").joinpath("vql.lark").read_text())


@pytest.fixture
def makings(made, monkeypatch):
    """How often tables were made: they are, by now."""
    found = []
    monkeypatch.setattr(tables, "make", lambda grammar: found.append(grammar) or made)
    return found


def test_kept_tables_parse_as_those_just_made(folder, makings):
    parsed = fresh()
    assert len(list(folder.iterdir())) == 1
    assert fresh() == parsed
    assert len(makings) == 1


@pytest.mark.parametrize("damage", [b"", b"\0" * 300, None])
def test_damaged_tables_are_made_anew(folder, makings, damage):
    parsed = fresh()
    (file,) = folder.iterdir()
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2] if damage is None else damage)
    assert fresh() == parsed
    assert file.read_bytes()[:32] == content[:32]
    assert len(makings) == 2


def test_tables_of_other_grammars_stay_till_they_are_old(folder, makings):
    folder.mkdir()
    young, old = folder / "tables-1.bin", folder / "tables-2.bin"
    for file in (young, old):
        file.touch()
    os.utime(old, (0, 0))
    fresh()
    assert young.exists() and not old.exists()


def test_tables_that_cannot_be_kept_are_made_each_time(folder, makings):
    parsed = fresh()
    shutil.rmtree(folder)
    folder.write_text("no folder")
    assert fresh() == parsed
    assert len(makings) == 2


def test_what_could_stand_there_is_what_could_be_shifted():
    with pytest.raises(tables.Unexpected) as raised:
        tables.parser(Builder(), parser.names_too).parse(parser.tokens(parser.scan("RELEASE )", True)))
    assert "NAME" in raised.value.accepted
    assert "_RPAR" not in raised.value.accepted
