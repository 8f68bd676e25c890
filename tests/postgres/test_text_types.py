"""The text forms of strings, byte strings and UUIDs, read and written as PostgreSQL does."""

from __future__ import annotations

import itertools

import psycopg
import pytest

from vql.errors import Error
from vql.types.bytea import octal_escaped
from vql.types.type import type_named

TEXTS = (
    "",
    "a",
    "ab",
    "abc",
    "a ",
    "abc  ",
    "  a",
    "é",
    "日本語テキスト",
    "a\tb",
    "'",
    "\\",
    "\\101",
    "\\303",
    "\\400",
    "x" * 70,
    "é" * 40,
)
BYTES = (
    "",
    "\\x",
    "\\x0",
    "\\x01",
    "\\x01 02\n03",
    "\\x 01 0 2",
    "\\x0g",
    "\\xé",
    "\\x01\v02",
    "\\X01",
    "a",
    "é",
    "a\\\\b",
    "\\001\\377",
    "\\400",
    "\\08",
    "\\",
    "a\\b",
    "\\x41\\",
    "~ \t\x7f",
    "\\xDEADbeef",
)
DIGITS = "A0EEBC999C0B4EF8BB6D6BB9BD380a11"
GROUPS = [DIGITS[place : place + 4] for place in range(0, 32, 4)]
UUIDS = (
    DIGITS,
    "{" + DIGITS + "}",
    "-".join(GROUPS),
    "{" + "-".join(GROUPS) + "}",
    "{" + DIGITS,
    DIGITS + "}",
    " " + DIGITS,
    DIGITS + "-",
    "-" + DIGITS,
    DIGITS[:-1],
    DIGITS + "1",
    "urn:uuid:" + DIGITS,
    DIGITS[:2] + "-" + DIGITS[2:],
    DIGITS.replace("A", "g"),
    "",
    "-".join(GROUPS).replace("-", "--"),
)
CASES = [
    *itertools.product(
        ["text", "varchar", "varchar(3)", "bpchar", "char", "char(3)", "name", '"char"'], TEXTS
    ),
    *itertools.product(["bytea"], BYTES),
    *itertools.product(["uuid"], UUIDS),
]


def ours(type_name: str, text: str, explicit: bool) -> tuple[str, str]:
    name, _, size = type_name.rstrip(")").partition("(")
    type_ = type_named(name, (int(size),) if size else ())
    try:
        return "value", type_.to_text(type_.cast(text) if explicit else type_.from_text(text))
    except Error as error:
        return error.sqlstate, error.message


def theirs(connection: psycopg.Connection, type_name: str, text: str, explicit: bool) -> tuple[str, str]:
    try:
        if explicit:
            found = connection.execute(f"SELECT %s::{type_name}", (text,))
        else:
            connection.execute(f"CREATE TEMP TABLE IF NOT EXISTS given (kept {type_name})")
            found = connection.execute("INSERT INTO given VALUES (%s) RETURNING kept", (text,))
        value = found.pgresult.get_value(0, 0).decode()
    except psycopg.Error as error:
        return error.sqlstate, error.diag.message_primary
    finally:
        if not explicit:
            connection.execute("DROP TABLE IF EXISTS given")
    return "value", value


@pytest.mark.parametrize("explicit", [True, False])
def test_texts_are_read_and_written_as_postgresql_does(postgres, explicit):
    postgres.prepare_threshold = None
    different = [
        (type_name, text, mine, wanted)
        for type_name, text in CASES
        if (mine := ours(type_name, text, explicit))
        != (wanted := theirs(postgres, type_name, text, explicit))
    ]
    assert not different


def test_bytes_in_the_escape_form_are_written_as_postgresql_does(postgres):
    postgres.execute("SET bytea_output = 'escape'")
    everything = bytes(range(256))
    found = postgres.execute("SELECT %b::bytea", (everything,))
    assert found.pgresult.get_value(0, 0).decode() == octal_escaped(everything)


@pytest.mark.parametrize("name", ["varchar", "char"])
@pytest.mark.parametrize("size", [0, 10_485_761])
def test_lengths_out_of_range_are_refused(postgres, name, size):
    with pytest.raises(psycopg.Error) as theirs:
        postgres.execute(f"SELECT ''::{name}({size})")
    with pytest.raises(Error) as ours:
        type_named(name, (size,))
    assert (ours.value.sqlstate, ours.value.message) == (
        theirs.value.sqlstate,
        theirs.value.diag.message_primary,
    )
