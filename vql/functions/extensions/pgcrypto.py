"""pgcrypto: digests, message authentication codes and random bytes. Ciphers and password hashes refuse."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable
from functools import partial

from vql.errors import InvalidParameterValue, NotSupportedError, ProgrammingError
from vql.functions import declare

RANDOM_BYTES_MAX = 1024
# As OpenSSL names them, and hashlib.
ALGORITHMS = {name: name for name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")}
ALGORITHMS |= {f"sha3-{bits}": f"sha3_{bits}" for bits in (224, 256, 384, 512)}
ALGORITHMS |= {"blake2b512": "blake2b", "blake2s256": "blake2s"}
REFUSED = """
crypt(text, text) -> text
gen_salt(text) -> text
gen_salt(text, integer) -> text
encrypt(bytea, bytea, text) -> bytea
decrypt(bytea, bytea, text) -> bytea
encrypt_iv(bytea, bytea, bytea, text) -> bytea
decrypt_iv(bytea, bytea, bytea, text) -> bytea
pgp_sym_encrypt(text, text) -> bytea
pgp_sym_encrypt(text, text, text) -> bytea
pgp_sym_encrypt_bytea(bytea, text) -> bytea
pgp_sym_encrypt_bytea(bytea, text, text) -> bytea
pgp_sym_decrypt(bytea, text) -> text
pgp_sym_decrypt(bytea, text, text) -> text
pgp_sym_decrypt_bytea(bytea, text) -> bytea
pgp_sym_decrypt_bytea(bytea, text, text) -> bytea
pgp_pub_encrypt(text, bytea) -> bytea
pgp_pub_encrypt(text, bytea, text) -> bytea
pgp_pub_encrypt_bytea(bytea, bytea) -> bytea
pgp_pub_encrypt_bytea(bytea, bytea, text) -> bytea
pgp_pub_decrypt(bytea, bytea) -> text
pgp_pub_decrypt(bytea, bytea, text) -> text
pgp_pub_decrypt(bytea, bytea, text, text) -> text
pgp_pub_decrypt_bytea(bytea, bytea) -> bytea
pgp_pub_decrypt_bytea(bytea, bytea, text) -> bytea
pgp_pub_decrypt_bytea(bytea, bytea, text, text) -> bytea
pgp_key_id(bytea) -> text
armor(bytea) -> text
armor(bytea, text[], text[]) -> text
dearmor(text) -> bytea
pgp_armor_headers(text) -> setof (key: text, value: text)
fips_mode() -> boolean
"""

function = partial(declare.function, extension="pgcrypto")


def _algorithm(name: str) -> str:
    found = ALGORITHMS.get(name.lower())
    if found is None:
        raise InvalidParameterValue(f'Cannot use "{name}": No such hash algorithm')
    return found


@function("digest(bytea, text) -> bytea")
def digest(data: bytes, name: str) -> bytes:
    return hashlib.new(_algorithm(name), data, usedforsecurity=False).digest()


@function("digest(text, text) -> bytea")
def digest_of_text(text: str, name: str) -> bytes:
    return digest(text.encode(), name)


@function("hmac(bytea, bytea, text) -> bytea")
def authentication_code(data: bytes, key: bytes, name: str) -> bytes:
    return hmac.digest(key, data, _algorithm(name))


@function("hmac(text, text, text) -> bytea")
def authentication_code_of_text(text: str, key: str, name: str) -> bytes:
    return authentication_code(text.encode(), key.encode(), name)


@function("gen_random_bytes(integer) -> bytea", volatility="volatile")
def random_bytes(count: int) -> bytes:
    if not 1 <= count <= RANDOM_BYTES_MAX:
        raise ProgrammingError("Length not in range", sqlstate="39000")
    return os.urandom(count)


def _refusing(name: str) -> Callable[..., object]:
    def refuse(*arguments: object) -> object:
        raise NotSupportedError(f"the function {name} of pgcrypto is not supported yet")

    return refuse


for _signature in REFUSED.strip().splitlines():
    function(_signature, volatility="volatile", is_strict=False)(_refusing(_signature.partition("(")[0]))
