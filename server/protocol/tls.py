"""TLS of one connection, without I/O: bytes of the socket to bytes of the client, and back.

The standard library's state machine (`ssl.SSLObject` over two `MemoryBIO`s) sits between the transport and
`MessageReader`, so that the event loop, whichever it is, sees a plain connection. What is received is
decrypted at once: bounds and flow control are those of a connection without TLS.

| first bytes from the client | then |
|---|---|
| SSLRequest | `S`, and the handshake; nothing may have come behind the request, as it was not encrypted |
| a handshake (0x16) | direct negotiation: ALPN must have agreed on `postgresql` |

Channel binding is `tls-server-end-point` (RFC 5929): the hash of the server's certificate that its own
signature uses, SHA-256 for older ones. A signature without one hash (Ed25519) has no binding.
"""

from __future__ import annotations

import hashlib
import ssl
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vql.dataclass import dataclass
from vql.errors import OperationalError

HANDSHAKE = 0x16  # the first byte of a connection that begins with TLS
ALPN = "postgresql"
# What PostgreSQL writes for parts of a certificate's names.
SHORT_NAMES = {
    "commonName": "CN", "organizationName": "O", "organizationalUnitName": "OU", "countryName": "C",
    "stateOrProvinceName": "ST", "localityName": "L", "domainComponent": "DC",
}  # fmt: skip
READ_BYTES = 256 << 10
# The hash of a certificate's signature, by the DER of the algorithm's identifier.
SIGNATURE_HASHES = {
    bytes.fromhex("2a864886f70d010104"): "sha256",  # md5WithRSAEncryption
    bytes.fromhex("2a864886f70d010105"): "sha256",  # sha1WithRSAEncryption
    bytes.fromhex("2a864886f70d01010b"): "sha256",
    bytes.fromhex("2a864886f70d01010c"): "sha384",
    bytes.fromhex("2a864886f70d01010d"): "sha512",
    bytes.fromhex("2a864886f70d01010e"): "sha224",
    bytes.fromhex("2a8648ce3d0401"): "sha256",  # ecdsa-with-SHA1
    bytes.fromhex("2a8648ce3d040301"): "sha224",
    bytes.fromhex("2a8648ce3d040302"): "sha256",
    bytes.fromhex("2a8648ce3d040303"): "sha384",
    bytes.fromhex("2a8648ce3d040304"): "sha512",
}


@dataclass(frozen=True, slots=True)
class ServerTls:
    """What the connections of a process share: the certificate, and what SCRAM binds to."""

    context: ssl.SSLContext
    binding: bytes | None

    @staticmethod
    def load(certificate: str, key: str, authority: str = "") -> ServerTls:
        """Read the files of `--tls-cert`, `--tls-key` and `--tls-ca`. Raises OperationalError (F0000)."""
        try:
            mode = Path(key).stat()
            # The superuser of the machine may let a group read it, as packages of certificates do.
            others = 0o027 if mode.st_uid == 0 else 0o077
            if stat.S_IMODE(mode.st_mode) & others:
                raise OperationalError(
                    f'private key file "{key}" has group or world access',
                    sqlstate="F0000",
                    hint="chmod 0600, or 0640 for a file of root",
                )
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key, password=_no_passphrase)
            text = Path(certificate).read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise OperationalError(
                f'cannot use certificate "{certificate}" with private key "{key}": {error}',
                sqlstate="F0000",
            ) from None
        if authority:
            # Who has a certificate may show it; one that is not good ends the handshake.
            try:
                context.load_verify_locations(authority)
            except OSError as error:
                raise OperationalError(
                    f'cannot use authority "{authority}": {error}', sqlstate="F0000"
                ) from None
            context.verify_mode = ssl.CERT_OPTIONAL
        context.set_alpn_protocols([ALPN])
        # Sessions are never resumed: a ticket would be sent for nothing.
        context.num_tickets = 0
        context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_RENEGOTIATION
        begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
        first = begin + text.partition(begin)[2].partition(end)[0] + end
        return ServerTls(context, end_point_binding(ssl.PEM_cert_to_DER_cert(first)))


class Tls:
    """One connection's state. Owned by the event loop."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._object = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._is_established = False

    @property
    def has_agreed(self) -> bool:
        """Whether client and server have agreed on PostgreSQL's protocol (ALPN)."""
        return self._object.selected_alpn_protocol() == ALPN

    @property
    def certificate_name(self) -> str | None:
        """The common name in the client's certificate, None where it has shown none."""
        shown = self._object.getpeercert()
        if not shown:
            return None
        pairs = [pair for part in shown.get("subject", ()) for pair in part]
        return next((str(pair[1]) for pair in pairs if pair[0] == "commonName"), "")

    def described(self) -> str:
        """Return what the connection is encrypted by, as PostgreSQL's log has it."""
        name, version, bits = self._object.cipher() or ("", "", 0)
        return f"protocol={version}, cipher={name}, bits={bits}"

    def encryption(self) -> str:
        """Return protocol, cipher and bits, and the subject, the serial number and the issuer of the client's
        certificate where it has shown one, with tabs between."""
        name, version, bits = self._object.cipher() or ("", "", 0)
        said = [version, name, str(bits)]
        if shown := self._object.getpeercert():
            serial = str(int(str(shown.get("serialNumber", "0")), 16))
            said += [
                _distinguished(shown.get("subject", ())),
                serial,
                _distinguished(shown.get("issuer", ())),
            ]
        return "\t".join(said)

    def decrypt(self, data: bytes) -> bytes:
        """Take bytes of the socket, and return what the client says; `outgoing` may have an answer.

        Raises ssl.SSLError where they are no TLS; what `outgoing` then gives tells the client why.
        """
        self._incoming.write(data)
        found: list[bytes] = []
        try:
            if not self._is_established:
                self._object.do_handshake()
                self._is_established = True
            while chunk := self._object.read(READ_BYTES):
                found.append(chunk)
        except ssl.SSLWantReadError:
            pass
        return b"".join(found)

    def encrypt(self, data: bytes) -> bytes:
        """Return what is to be written to the socket so that the client reads `data`; nothing of it where the
        handshake is not over, since it cannot be read then."""
        if self._is_established:
            self._object.write(data)
        return self._outgoing.read()

    def outgoing(self) -> bytes:
        """Return what is to be written to the socket beside the answers."""
        return self._outgoing.read()

    def goodbye(self) -> bytes:
        """Return what tells the client that nothing follows."""
        try:
            self._object.unwrap()
        except ssl.SSLError:
            pass  # it waits for the client's goodbye, or there never was a handshake
        return self._outgoing.read()


def _distinguished(name: Any) -> str:
    """Return a name of a certificate as PostgreSQL writes it: /O=vql/CN=client."""
    return "".join(f"/{SHORT_NAMES.get(key, key)}={value}" for part in name for key, value in part)


def end_point_binding(certificate: bytes) -> bytes | None:
    """Return the data of `tls-server-end-point` for a certificate in DER."""
    (whole,) = _elements(certificate)
    _, algorithm, _ = _elements(whole)
    name = SIGNATURE_HASHES.get(next(_elements(algorithm)))
    return None if name is None else hashlib.new(name, certificate).digest()


def _elements(data: bytes) -> Iterator[bytes]:
    """Yield the contents of the DER values that stand behind each other (X.690, 8.1)."""
    position = 0
    while position < len(data):
        length, position = data[position + 1], position + 2
        if length & 0x80:
            digits = length & 0x7F
            length = int.from_bytes(data[position : position + digits], "big")
            position += digits
        yield data[position : position + length]
        position += length


def _no_passphrase() -> str:
    raise OSError("it has a passphrase, which nobody is there to type")
