"""json keeps what was written, jsonb its meaning."""

from __future__ import annotations

import pytest

import vql
from vql.errors import Error
from vql.types.json.json import JSONB
from vql.types.type import type_named

# A text that is no JSON, and what is said of it.
REFUSED = [
    ("", "The input string ended unexpectedly."),
    ("01", 'Token "01" is invalid.'),
    ("1-", 'Token "-" is invalid.'),
    ("nul", 'Token "nul" is invalid.'),
    ('{"a" 1}', 'Expected ":", but found "1".'),
    ("{1:2}", 'Expected string or "}", but found "1".'),
    ('{"a":1,}', 'Expected string, but found "}".'),
    ('{"a":1 "b"', 'Expected "," or "}", but found ""b"".'),
    ("[1,]", 'Expected JSON value, but found "]".'),
    ("[1 2]", 'Expected "," or "]", but found "2".'),
    ("1 2", 'Expected end of input, but found "2".'),
    ('"a', 'Token ""a" is invalid.'),
    ('"\t"', "Character with value 0x09 must be escaped."),
    ('"\\x"', 'Escape sequence "\\x" is invalid.'),
    ('"\\u12"', '"\\u" must be followed by four hexadecimal digits.'),
]
# In order; those of a line are equal.
ORDER = [
    ["[]"], ["null"], ['""'], ['"a"'], ['"b"'], ["-1", "-1.0"], ["1", "1.00", "1e0"], ["false"], ["true"],
    ["[1]", "[1.0]"], ['["a", 1]'], ["[[], []]"], ["{}"], ['{"a": 1}', '{"a":1.0}'], ['{"b": 0}'],
    ['{"b": 1, "a": 1}'],
]  # fmt: skip


@pytest.mark.parametrize("name", ["json", "jsonb"])
@pytest.mark.parametrize(("text", "detail"), REFUSED)
def test_what_is_no_json_is_refused_with_its_reason(name: str, text: str, detail: str) -> None:
    with pytest.raises(Error) as caught:
        type_named(name).coerce(text)
    assert (caught.value.sqlstate, caught.value.detail) == ("22P02", detail)


def test_jsonb_compares_by_meaning() -> None:
    keys = [[JSONB.order_key(JSONB.from_text(text, None)) for text in line] for line in ORDER]
    assert [line[0] for line in keys] == sorted(line[0] for line in keys)
    assert all(key == line[0] for line in keys for key in line)
    named = [{JSONB.key(JSONB.from_text(text, None)) for text in line} for line in ORDER]
    assert all(len(names) == 1 for names in named)
    assert len(set.union(*named)) == len(ORDER)


def test_a_json_column_keeps_what_was_written(tmp_path) -> None:
    written = ' {"b": 1.0, "a":1,"a" : [ ] } '
    with vql.connect(tmp_path / "db") as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, j json, b jsonb)")
        connection.execute("INSERT INTO t VALUES (1, ?, ?)", (written, written))
        connection.commit()
    with vql.connect(tmp_path / "db") as connection:
        cursor = connection.execute("SELECT j, b FROM t")
        assert cursor.fetchall() == [(written, '{"a": [], "b": 1.0}')]
        assert [column[1] for column in cursor.description] == ["json", "jsonb"]


def test_json_is_no_key(tmp_path) -> None:
    with vql.connect(tmp_path / "db") as connection:
        connection.execute("CREATE TABLE t (a jsonb PRIMARY KEY)")
        with pytest.raises(Error, match="data type json has no default operator class"):
            connection.execute("CREATE TABLE u (a json PRIMARY KEY)")
        connection.execute("INSERT INTO t VALUES ('[1.0]')")
        with pytest.raises(Error) as caught:
            connection.execute("INSERT INTO t VALUES ('[1]')")
        assert caught.value.sqlstate == "23505"
