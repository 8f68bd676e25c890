"""The protocol without I/O: any split of the bytes gives the same messages; bad ones are refused."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vql.errors import Error, ProtocolViolation
from vql.server.protocol import messages as protocol
from vql.server.protocol.messages import MessageReader
from vql.session.session import ResultColumn
from vql.types.type import BASE_TYPES, BIGINT, VECTOR, Type


def packet(kind: bytes, payload: bytes) -> bytes:
    return kind + struct.pack(">i", len(payload) + 4) + payload


def startup(*words: str, code: int = 196608) -> bytes:
    payload = struct.pack(">i", code) + b"".join(w.encode() + b"\0" for w in words) + b"\0"
    return struct.pack(">i", len(payload) + 4) + payload


STREAM = [
    (b"Q", b"SELECT 1\0"), (b"P", b"s\0SELECT $1\0" + struct.pack(">HI", 1, 23)), (b"S", b""),
    (b"d", bytes(300)), (b"H", b""), (b"d", b""), (b"X", b""),
]  # fmt: skip


@given(st.lists(st.integers(0, 500), max_size=8))
def test_messages_do_not_depend_on_how_bytes_arrive(cuts: list[int]) -> None:
    data = b"".join(packet(kind, payload) for kind, payload in STREAM)
    reader, found = MessageReader(), []
    edges = [0, *sorted(min(c, len(data)) for c in cuts), len(data)]
    for start, end in zip(edges[:-1], edges[1:], strict=True):
        reader.feed(data[start:end])
        while (message := reader.message()) is not None:
            found.append(message)
    assert found == [(kind[0], payload) for kind, payload in STREAM]
    assert reader.buffered_bytes == 0


def test_a_large_message_in_small_chunks_is_joined_once() -> None:
    payload = bytes(4 << 20)
    data = packet(b"d", payload)
    reader = MessageReader()
    for start in range(0, len(data), 1000):
        assert reader.message() is None
        reader.feed(data[start : start + 1000])
    assert reader.message() == (ord("d"), payload)


def test_next_kind_sees_a_message_that_has_only_begun() -> None:
    reader = MessageReader()
    assert reader.next_kind() == 0
    reader.feed(packet(b"E", b"\0\0\0\0\0") + b"S")
    reader.message()
    assert reader.next_kind() == protocol.SYNC


@pytest.mark.parametrize(
    "data", [b"\0\0\0\0\0", b"!\0\0\0\x04", b"Q\0\0\0\x03", b"Q\xff\xff\xff\xff", b"GET / HTTP"]
)
def test_garbage_is_a_protocol_violation(data: bytes) -> None:
    reader = MessageReader()
    reader.feed(data)
    with pytest.raises(ProtocolViolation):
        reader.message()


def read_startup(data: bytes) -> object:
    reader = MessageReader()
    reader.feed(data)
    return reader.startup()


def test_startup_packets() -> None:
    assert read_startup(startup("user", "a", "database", "b")) == (0, {"user": "a", "database": "b"})
    assert read_startup(startup("user", "ü")) == (0, {"user": "ü"})
    ssl = struct.pack(">ii", 8, protocol.SSL_REQUEST)
    assert read_startup(ssl) == protocol.Encryption(protocol.SSL_REQUEST)
    cancel = struct.pack(">iiii", 16, protocol.CANCEL_REQUEST, 5, -7)
    assert read_startup(cancel) == protocol.Cancel(5, -7)
    assert read_startup(startup("user", "a")[:-3]) is None


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\0\0\0\x04", "invalid length of startup packet"),
        (b"GET / HTTP/1.1\r\n", "invalid length of startup packet"),
        (startup("user", "a", code=2 << 16), "unsupported frontend protocol 2.0"),
        (struct.pack(">ii", 9, 196608) + b"a", "invalid startup packet layout"),
        (struct.pack(">ii", 13, 196608) + b"user\0", "invalid startup packet layout"),
        (struct.pack(">ii", 12, protocol.CANCEL_REQUEST) + bytes(4), "invalid length of cancel"),
    ],
)
def test_bad_startup_packets_are_refused(data: bytes, message: str) -> None:
    with pytest.raises(Error, match=message):
        read_startup(data)


def test_parse_and_bind() -> None:
    parse = b"name\0SELECT $1, $2\0" + struct.pack(">HII", 2, 23, 2**32 - 1)
    assert protocol.parse_parse(parse) == ("name", "SELECT $1, $2", (23, 2**32 - 1))
    bind = b"p\0s\0" + struct.pack(">HhH", 1, 1, 3) + struct.pack(">i", 2) + b"ab"
    bind += struct.pack(">i", -1) + struct.pack(">i", 0) + struct.pack(">Hhh", 2, 0, 1)
    assert protocol.parse_bind(bind) == ("p", "s", (1,), [b"ab", None, b""], (0, 1))
    assert protocol.parse_execute(b"p\0" + struct.pack(">i", 5)) == ("p", 5)
    assert protocol.parse_named(b"Sname\0") == ("S", "name")


@pytest.mark.parametrize("read", [protocol.parse_parse, protocol.parse_bind, protocol.parse_execute])
@given(payload=st.binary(max_size=40))
def test_any_payload_is_read_or_refused(read: object, payload: bytes) -> None:
    try:
        read(payload)  # type: ignore[operator]
    except Error as error:
        assert error.sqlstate in ("08P01", "22021", "22023")


@pytest.mark.parametrize(
    ("read", "payload"),
    [
        (protocol.parse_bind, b"\0\0\0\0\0\x01\0\0\0\x05ab\0\0"),
        (protocol.parse_bind, b"\0\0\0\0\0\0\0\0extra"),
        (protocol.parse_bind, b"\0\0\0\x01\0\x07\0\0\0\0"),
        (protocol.parse_parse, b"\0x\0\0\x02\0\0\0\x01"),
        (protocol.parse_text, b"no terminator"),
        (protocol.parse_text, b"two\0strings\0"),
        (protocol.parse_named, b"Zx\0"),
    ],
)
def test_malformed_payloads_are_refused(read: object, payload: bytes) -> None:
    with pytest.raises(ProtocolViolation):
        read(payload)  # type: ignore[operator]


def test_text_must_be_utf8() -> None:
    with pytest.raises(Error, match='invalid byte sequence for encoding "UTF8": 0xff') as caught:
        protocol.parse_text(b"SELECT '\xff'\0")
    assert caught.value.sqlstate == "22021"


def test_row_description_bytes() -> None:
    columns = (ResultColumn("id", BIGINT, 16500, 1), ResultColumn("v", VECTOR.sized(3)))
    body = struct.pack(">h", 2) + b"id\0" + struct.pack(">ihihih", 16500, 1, 20, 8, -1, 1)
    body += b"v\0" + struct.pack(">ihihih", 0, 0, 16400, -1, 3, 0)
    assert protocol.row_description(columns, (1, 0)) == packet(b"T", body)
    assert Type("varchar", 10).typmod == 14


def test_error_response_carries_every_field() -> None:
    error = Error("bad\0thing", sqlstate="42601", detail="d", hint="h", position=7)
    error.context = "c"
    fields = b"SERROR\0VERROR\0C42601\0Mbad\\0thing\0Dd\0Hh\0P7\0Wc\0\0"
    assert protocol.error_response(error) == packet(b"E", fields)


def test_constant_messages_have_the_right_length() -> None:
    for data in (
        protocol.AUTHENTICATION_OK, protocol.PARSE_COMPLETE, protocol.BIND_COMPLETE, protocol.COPY_DONE,
        protocol.CLOSE_COMPLETE, protocol.EMPTY_QUERY, protocol.NO_DATA, protocol.PORTAL_SUSPENDED,
        *protocol.READY.values(),
    ):  # fmt: skip
        assert struct.unpack_from(">i", data, 1)[0] == len(data) - 1


def test_the_document_names_every_message_and_type() -> None:
    text = (Path(__file__).parents[2] / "docs" / "wire-protocol.md").read_text()
    rows = text.split("## Messages from the client")[1].split("## Messages from the server")[0]
    assert {byte for byte in re.findall(r"`(\w)`", rows)} == {chr(kind) for kind in protocol.KINDS}
    types = text.split("## Types")[1].split("## Not supported")[0]
    for name, base in BASE_TYPES.items():
        if not name.endswith("[]") and name not in ("bit", "regnamespace", "regrole"):
            assert re.search(rf"\b{base.oid}\b", types), f"{name} ({base.oid}) is missing"
