"""What is kept of a password: the keys of SCRAM-SHA-256 (RFC 5802, RFC 7677), from which it cannot be told.

As text it is `SCRAM-SHA-256$ITERATIONS:SALT$STOREDKEY:SERVERKEY`, bytes in base64, as PostgreSQL keeps it: a
password may come so already, from a client that does not show it (psql's `\\password`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import stringprep
import unicodedata

from vql.dataclass import dataclass

# PostgreSQL's own; clients pay for it at each connection.
ITERATIONS = 4_096
SALT_BYTES, KEY_BYTES = 16, 32
VERIFIER = re.compile(r"SCRAM-SHA-256\$(\d{1,9}):([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+):([A-Za-z0-9+/=]+)")
MD5 = re.compile(r"md5[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Secret:
    """What is kept of a password."""

    salt: bytes
    stored_key: bytes
    server_key: bytes
    iterations: int = ITERATIONS

    @staticmethod
    def derive(password: str) -> Secret:
        """Derive the keys; takes a few milliseconds by design."""
        return _derived(prepared(password), secrets.token_bytes(SALT_BYTES))

    @staticmethod
    def parse(verifier: str) -> Secret | None:
        """Read the text form; None where it is none."""
        found = VERIFIER.fullmatch(verifier)
        if found is None:
            return None
        try:
            salt, stored, server = (base64.b64decode(part, validate=True) for part in found.groups()[1:])
        except binascii.Error:
            return None
        if len(stored) != KEY_BYTES or len(server) != KEY_BYTES or not salt or not int(found[1]):
            return None
        return Secret(salt, stored, server, int(found[1]))

    @staticmethod
    def nobodys(user: str, seed: bytes) -> Secret:
        """Return the keys of a user that is not there or has no password: nobody can tell, as they are the
        same each time, and no password opens them."""
        salt = hmac.digest(seed, user.encode(), "sha256")[:SALT_BYTES]
        return Secret(salt, secrets.token_bytes(KEY_BYTES), secrets.token_bytes(KEY_BYTES))

    def verifier(self) -> str:
        """Return the text form."""
        salt, stored, server = (
            base64.b64encode(part).decode() for part in (self.salt, self.stored_key, self.server_key)
        )
        return f"SCRAM-SHA-256${self.iterations}:{salt}${stored}:{server}"


def _derived(password: str, salt: bytes) -> Secret:
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ITERATIONS)
    stored_key = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    return Secret(salt, stored_key, hmac.digest(salted, b"Server Key", "sha256"))


def prepared(password: str) -> str:
    """Return a password as SASLprep (RFC 4013) spells it, unchanged where it may not be spelled."""
    mapped = "".join(
        " " if stringprep.in_table_c12(c) else c for c in password if not stringprep.in_table_b1(c)
    )
    found = unicodedata.normalize("NFKC", mapped)
    forbidden = any(stringprep.in_table_c21_c22(c) or stringprep.in_table_a1(c) for c in found)
    return password if forbidden else found
