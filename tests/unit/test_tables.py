"""The parser's tables are made once, kept, and made anew where what was kept is of no use."""

from __future__ import annotations

import pytest

from vql.language import parser, tables
from vql.language.build.builder import Builder

STATEMENT = "SELECT a, count(*) FROM t WHERE b IN (1, 2) AND NOT c GROUP BY a ORDER BY 2 DESC LIMIT 3"


def fresh():
    parser._parser.cache_clear()
    return parser.parse(STATEMENT)


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    yield tables.cache_file()
    parser._parser.cache_clear()


def test_kept_tables_parse_as_those_just_made(file):
    made = fresh()
    assert file.exists()
    assert fresh() == made


@pytest.mark.parametrize("damage", [b"", b"\0" * 300, None])
def test_damaged_tables_are_made_anew(file, damage):
    made = fresh()
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2] if damage is None else damage)
    assert fresh() == made
    assert file.read_bytes()[:32] == content[:32]


def test_tables_that_cannot_be_kept_are_made_each_time(file, monkeypatch):
    made = fresh()
    file.unlink()
    file.parent.rmdir()
    file.parent.write_text("no folder")
    assert fresh() == made


def test_what_could_stand_there_is_what_could_be_shifted():
    with pytest.raises(tables.Unexpected) as raised:
        tables.parser(Builder()).parse(parser.tokens(parser.scan("RELEASE )", True)))
    assert "NAME" in raised.value.accepted
    assert "_RPAR" not in raised.value.accepted
