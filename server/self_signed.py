"""A certificate that the server signs itself, for `--tls-self-signed`.

Two files, CERTIFICATE and KEY, stand in the folder of the database and are made once, so that clients can
keep the certificate and verify it. The key is written first, and both are renamed into place: a crash leaves
no certificate, and the next start makes both.

An X.509 v3 certificate (RFC 5280) on the curve P-256, signed once with ECDSA and SHA-256 (FIPS 186-5). It is
done here, as the standard library signs nothing; encryption itself is OpenSSL's. Nobody can time a signature
that is made before the port is open.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import os
import secrets
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

CERTIFICATE, KEY = "server.crt", "server.key"
VALID = timedelta(days=3_650)
# P-256 (SEC 2, 2.4.2): the field, the group's order, the base point; a = -3.
FIELD = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
BASE = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
Point = tuple[int, int]

INTEGER, BIT_STRING, OCTET_STRING, UTF8, UTC_TIME, TIME = 0x02, 0x03, 0x04, 0x0C, 0x17, 0x18
SEQUENCE, SET = 0x30, 0x31
ECDSA_SHA256 = bytes.fromhex("06082a8648ce3d040302")
EC_PUBLIC_KEY = bytes.fromhex("06072a8648ce3d0201")
P256 = bytes.fromhex("06082a8648ce3d030107")
COMMON_NAME, KEY_IDENTIFIER, KEY_USAGE, ALTERNATIVE_NAMES, BASIC_CONSTRAINTS = (
    bytes.fromhex(code) for code in ("0603550403", "0603551d0e", "0603551d0f", "0603551d11", "0603551d13")
)
CRITICAL = TRUE = b"\x01\x01\xff"
SIGNS_HANDSHAKES_AND_CERTIFICATES = b"\x03\x02\x02\x84"


def self_signed_files(folder: Path, host: str) -> tuple[str, str]:
    """Return the paths of certificate and key, made where they are not there yet. Raises OSError."""
    certificate, key = folder / CERTIFICATE, folder / KEY
    if not certificate.exists() or not key.exists():
        made, made_key = self_signed([host, socket.gethostname(), "localhost", "127.0.0.1", "::1"])
        _write(key, _pem("EC PRIVATE KEY", made_key), 0o600)
        _write(certificate, _pem("CERTIFICATE", made), 0o644)
    return str(certificate), str(key)


def self_signed(names: list[str]) -> tuple[bytes, bytes]:
    """Return a certificate for these hosts and addresses, and its private key (SEC 1), in DER."""
    key = secrets.randbelow(ORDER - 1) + 1
    x, y = _times(key, BASE)
    public = b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")
    point = _der(BIT_STRING, b"\0" + public)
    now = datetime.now(UTC)
    name = _sequence(_der(SET, _sequence(COMMON_NAME, _der(UTF8, names[1].encode()))))
    alternatives = _sequence(*(_alternative(name) for name in dict.fromkeys(names)))
    identifier = _der(OCTET_STRING, hashlib.sha1(public, usedforsecurity=False).digest())
    extensions = _sequence(
        _sequence(ALTERNATIVE_NAMES, _der(OCTET_STRING, alternatives)),
        _sequence(KEY_IDENTIFIER, _der(OCTET_STRING, identifier)),
        _sequence(KEY_USAGE, CRITICAL, _der(OCTET_STRING, SIGNS_HANDSHAKES_AND_CERTIFICATES)),
        _sequence(BASIC_CONSTRAINTS, CRITICAL, _der(OCTET_STRING, _sequence(TRUE))),
    )
    content = _sequence(
        _der(0xA0, _integer(2)),  # version 3
        _integer(secrets.randbits(120)),
        _sequence(ECDSA_SHA256),
        name,
        # A clock that is a little behind must not find it too young.
        _sequence(_time(now - timedelta(days=1)), _time(now + VALID)),
        name,
        _sequence(_sequence(EC_PUBLIC_KEY, P256), point),
        _der(0xA3, extensions),
    )
    signature = _der(BIT_STRING, b"\0" + _signature(key, content))
    private = _sequence(
        _integer(1), _der(OCTET_STRING, key.to_bytes(32, "big")), _der(0xA0, P256), _der(0xA1, point)
    )
    return _sequence(content, _sequence(ECDSA_SHA256), signature), private


def _alternative(name: str) -> bytes:
    try:
        return _der(0x87, ipaddress.ip_address(name).packed)
    except ValueError:
        return _der(0x82, name.encode("idna"))


def _signature(key: int, content: bytes) -> bytes:
    digest = int.from_bytes(hashlib.sha256(content).digest(), "big")
    r = s = 0
    while not r or not s:
        nonce = secrets.randbelow(ORDER - 1) + 1
        r = _times(nonce, BASE)[0] % ORDER
        s = pow(nonce, -1, ORDER) * (digest + r * key) % ORDER
    return _sequence(_integer(r), _integer(s))


def _times(factor: int, point: Point) -> Point:
    """Return the multiple of a point by doubling and adding; `factor` is from 1 to ORDER - 1."""
    total: Point | None = None
    while factor:
        if factor & 1:
            total = point if total is None else _plus(total, point)
        point = _plus(point, point)
        factor >>= 1
    assert total is not None, "a factor between 1 and ORDER - 1"
    return total


def _plus(left: Point, right: Point) -> Point:
    (x1, y1), (x2, y2) = left, right
    if left == right:
        slope = (3 * x1 * x1 - 3) * pow(2 * y1, -1, FIELD)
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, FIELD)
    x = (slope * slope - x1 - x2) % FIELD
    return x, (slope * (x1 - x) - y1) % FIELD


def _der(tag: int, content: bytes) -> bytes:
    """Write one value with its tag and length (X.690, 8.1)."""
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    digits = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(digits)]) + digits + content


def _sequence(*parts: bytes) -> bytes:
    return _der(SEQUENCE, b"".join(parts))


def _integer(value: int) -> bytes:
    return _der(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _time(moment: datetime) -> bytes:
    # Years up to 2049 are written with two digits (RFC 5280, 4.1.2.5).
    if moment.year < 2050:
        return _der(UTC_TIME, moment.strftime("%y%m%d%H%M%SZ").encode())
    return _der(TIME, moment.strftime("%Y%m%d%H%M%SZ").encode())


def _pem(label: str, content: bytes) -> str:
    text = base64.b64encode(content).decode()
    lines = [text[i : i + 64] for i in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def _write(path: Path, text: str, mode: int) -> None:
    temporary = path.with_suffix(path.suffix + ".new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path)
