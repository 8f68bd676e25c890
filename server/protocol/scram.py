"""SCRAM-SHA-256 as a server asks for it (RFC 5802, RFC 7677; manual, "SASL Authentication").

Ours, because the libraries refuse the empty user name that libpq sends (the name that counts is the
start-up packet's). Over TLS the exchange is bound to the server's certificate (SCRAM-SHA-256-PLUS), so that
nobody in between can pass it on.

| step | from | message |
|--:|---|---|
| 1 | client | `n,,n=,r=CLIENT-NONCE`; with channel binding `p=tls-server-end-point` in place of `n` |
| 2 | server | `r=CLIENT-NONCE SERVER-NONCE,s=SALT,i=ITERATIONS` |
| 3 | client | `c=HEADER,r=NONCE,p=PROOF`; HEADER is what step 1 began with and the binding, in base64 |
| 4 | server | `v=SIGNATURE` |
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets

from vql.roles.passwords import Secret

MECHANISM, MECHANISM_PLUS = "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"
BINDING = "p=tls-server-end-point"
NONCE_BYTES = 18


class Refused(Exception):
    """The client did not prove that it knows the password, or broke the exchange."""


class Exchange:
    """One authentication; `first` and `final` answer the client's two messages. `binding` is what the
    channel can be bound to, `is_bound` whether the client has chosen the mechanism that binds."""

    def __init__(self, secret: Secret, binding: bytes | None = None, *, is_bound: bool = False) -> None:
        self._secret = secret
        self._binding = binding
        self._is_bound = is_bound
        self._messages: list[str] = []
        self._nonce = ""
        self._header = b""

    def first(self, message: str) -> str:
        """Answer client-first with server-first. Raises Refused."""
        flag, _, rest = message.partition(",")
        identity, _, bare = rest.partition(",")
        # n: no channel binding; y: the client could, but believes that we cannot. Where we can, somebody in
        # between has hidden it.
        fitting = (BINDING,) if self._is_bound else ("n",) if self._binding is not None else ("n", "y")
        if flag not in fitting or identity:
            raise Refused("the client's channel binding does not fit its mechanism, or it names an identity")
        _, nonce = _attributes(bare, "n", "r")[:2]
        self._nonce = nonce + secrets.token_urlsafe(NONCE_BYTES)
        self._header = f"{flag},{identity},".encode()
        if self._is_bound:
            assert self._binding is not None, "the mechanism is offered only then"
            self._header += self._binding
        salt = base64.b64encode(self._secret.salt).decode()
        answer = f"r={self._nonce},s={salt},i={self._secret.iterations}"
        self._messages = [bare, answer]
        return answer

    def final(self, message: str) -> str:
        """Answer client-final with server-final. Raises Refused where the proof is wrong."""
        without_proof, _, proof_text = message.rpartition(",p=")
        binding, nonce = _attributes(without_proof, "c", "r")[:2]
        try:
            proof = base64.b64decode(proof_text, validate=True)
            header = base64.b64decode(binding, validate=True)
        except binascii.Error:
            raise Refused("malformed base64") from None
        if header != self._header or nonce != self._nonce or len(proof) != 32:
            raise Refused("the exchange does not fit together")
        spoken = ",".join([*self._messages, without_proof]).encode()
        signature = _hmac(self._secret.stored_key, spoken)
        client_key = bytes(a ^ b for a, b in zip(proof, signature, strict=True))
        if not hmac.compare_digest(hashlib.sha256(client_key).digest(), self._secret.stored_key):
            raise Refused("wrong password")
        return "v=" + base64.b64encode(_hmac(self._secret.server_key, spoken)).decode()


def _attributes(message: str, *names: str) -> list[str]:
    """Return the values of the attributes a message must begin with. Raises Refused."""
    parts = message.split(",")
    if len(parts) < len(names) or any(
        part[:2] != f"{name}=" for part, name in zip(parts, names, strict=False)
    ):
        raise Refused("malformed SCRAM message")
    return [part[2:] for part in parts]


def _hmac(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, "sha256")
