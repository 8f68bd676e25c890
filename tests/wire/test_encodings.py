"""Clients whose encoding is not UTF-8: what they send and are sent is in it."""

from __future__ import annotations

from datetime import date

import psycopg
import pytest
from raw import Raw, bind, execute, packet, parse
from server_process import Server

SINGLE = "café ÄÖ"


@pytest.fixture
def latin(server: Server):
    client = Raw(server.port)
    client.send(packet(b"Q", b"SET client_encoding = 'latin1'\0"))
    assert ("S", b"client_encoding\0LATIN1\0") in client.until_ready()
    yield client
    client.send(packet(b"Q", b"DROP TABLE IF EXISTS words\0"))
    client.until_ready()


def asked(client: Raw, sql: str) -> list[tuple[str, bytes]]:
    client.send(packet(b"Q", sql.encode("latin-1") + b"\0"))
    return client.until_ready()


def test_texts_are_read_and_written_in_the_client_s_encoding(latin):
    answer = dict(asked(latin, f"SELECT '{SINGLE}' AS \"né\", length('{SINGLE}')"))
    assert answer["D"] == b"\0\2\0\0\0\7" + SINGLE.encode("latin-1") + b"\0\0\0\x017"
    assert answer["T"][2:5] == b"n\xe9\0"


def test_parameters_are_read_in_the_client_s_encoding(latin):
    latin.send(parse("SELECT $1::text || 'x'") + bind(b"\xe9") + execute() + packet(b"S"))
    assert dict(latin.until_ready())["D"] == b"\0\1\0\0\0\2\xe9x"


def test_errors_are_in_the_client_s_encoding(latin):
    assert b"n\xe9" in dict(asked(latin, 'SELECT "né"'))["E"]


def test_a_character_that_the_encoding_has_not_is_refused(latin):
    assert b"C22P05\0" in dict(asked(latin, "SELECT U&'\\65e5'"))["E"]
    assert dict(asked(latin, "SELECT 1"))["D"] == b"\0\1\0\0\0\x011"


@pytest.mark.parametrize("encoding", ["latin1", "latin9", "WIN1252"])
def test_binary_values_are_told_from_texts(server: Server, encoding):
    given = ("é\xff", 233, b"\xe9\xff", 2.5, [233, -1], date(2033, 1, 2))
    asked = "SELECT %b::text, %b::int, %b::bytea, %b::float8, %b::int[], %b::date, 'ö'::varchar"
    with psycopg.connect(server.url, client_encoding=encoding) as connection:
        for binary in (True, False):
            found = connection.cursor(binary=binary).execute(asked, given).fetchone()
            assert found == ("é\xff", 233, b"\xe9\xff", 2.5, [233, -1], date(2033, 1, 2), "ö")
        assert connection.execute("SELECT 'é', 1").fetchone() == ("é", 1)


def test_binary_values_with_texts_within_are_refused(latin):
    latin.send(parse("SELECT ARRAY['a']") + bind(binary=True) + execute() + packet(b"S"))
    assert b"C0A000\0" in dict(latin.until_ready())["E"]
    asked(latin, "CREATE TABLE words (word text)")
    assert b"C0A000\0" in dict(asked(latin, "COPY words TO STDOUT (FORMAT binary)"))["E"]


def test_copy_is_in_the_client_s_encoding(latin):
    asked(latin, "CREATE TABLE words (word text)")
    latin.send(packet(b"Q", b"COPY words FROM STDIN\0") + packet(b"d", b"\xe9\n") + packet(b"c"))
    latin.until_ready()
    assert dict(asked(latin, "SELECT word FROM words"))["D"] == b"\0\1\0\0\0\1\xe9"
    assert dict(asked(latin, "COPY words TO STDOUT"))["d"] == b"\xe9\n"


def test_a_session_goes_back_to_utf8(latin):
    asked(latin, "RESET client_encoding")
    latin.send(packet(b"Q", "SELECT 'é'".encode() + b"\0"))
    assert dict(latin.until_ready())["D"] == b"\0\1\0\0\0\2\xc3\xa9"


@pytest.mark.parametrize("encoding", ["latin1", "WIN1252", "gbk", "koi8r", "SQL_ASCII"])
def test_drivers_choose_an_encoding_at_the_start(server: Server, encoding):
    text = "абв" if encoding == "koi8r" else "é" if encoding != "gbk" else "日本"
    with psycopg.connect(server.url, client_encoding=encoding) as connection:
        found = connection.execute("SELECT %s::text, length(%s)", (text, text)).fetchone()
        expected = text if encoding != "SQL_ASCII" else text.encode()
        assert found == (expected, len(text))


def test_an_encoding_without_a_codec_is_refused(server: Server):
    with pytest.raises(psycopg.OperationalError, match="client_encoding"):
        psycopg.connect(server.url, client_encoding="euc_tw")


def test_bytes_that_are_no_text_are_refused(server: Server):
    client = Raw(server.port)
    client.send(packet(b"Q", b"SELECT '\xe9'\0"))
    assert b"C22021\0" in dict(client.until_ready())["E"]
