"""Numbers as PostgreSQL reads, computes and writes them: random values, and those at the edges."""

from __future__ import annotations

import random
import struct
from decimal import Decimal

import pytest

from vql.errors import Error
from vql.types.numbers import numeric_math
from vql.types.numbers.floats import float_text
from vql.types.type import type_named

TYPES = ["smallint", "integer", "bigint", "oid", "real", "double precision", "numeric", "boolean",
         "numeric(5,2)", "numeric(3,5)", "numeric(5,-2)", "numeric(4)"]  # fmt: skip
TEXTS = [
    "", " ", " 12 ", "\t5\n", "\v7\f", "\x1c7", "1 2", "-", ".", "1e", "1e5x", "0x", "0x1.5",
    "12345.678", "99.995",
    *"""1_000 0x1F 0X1f 0b11 -0o17 0x_1F 1__0 _10 10_ 1_.5 1._5 1e1_0 010 08 0x10 0x1p3 4294967295 4294967296
    -2147483648 -2147483649 0x7fffffff -0x80000000 0x80000000 32768 -32768 9223372036854775807
    -9223372036854775808 9223372036854775808 99999999999999999999x +inf -INFINITY infin nan +nan -nan nan(5)
    .5 5. -0 1e5 1E+5 10e-70 1e400 -1e400 1e-400 4e-324 2e-324 1e-45 7e-46 0e400 3.4028235e38 3.4028236e38
    8388608.50000000000000000001 16777217.0000000000000000001 1e15 1e14 1e6 999999.5 0.0001 0.00001
    1e131071 1e131072 1e-16383 1e-16384 0e-16384 0e16384 1e99999999999999999999 1e-99999999999999999999
    on off of o t tr f yes ye n no 1 0 10 TRUE １""".split(),
]  # fmt: skip
OPERATIONS = {
    "{} + {}": numeric_math.add, "{} - {}": numeric_math.subtract, "{} * {}": numeric_math.multiply,
    "{} / {}": numeric_math.divide, "{} % {}": numeric_math.remainder,
    "div({}, {})": numeric_math.whole_quotient,
    "gcd({}, {})": numeric_math.common_divisor, "lcm({}, {})": numeric_math.common_multiple,
    "sqrt({})": numeric_math.square_root, "exp({})": numeric_math.exponential,
    "ln({})": numeric_math.natural_logarithm, "log({}, {})": numeric_math.logarithm,
    "power({}, {})": numeric_math.power, "trim_scale({})": numeric_math.trimmed,
}  # fmt: skip
EDGES = ["NaN", "Infinity", "-Infinity", "0", "0.00", "1", "-1", "1.0", "10", "0.9", "1.1", "1.00000000001",
         "0.99999999", "0.5", "-0.5", "100.000", "9999", "10000", "99999999"]  # fmt: skip


def answer(connection, statement):
    """Return the first value's text, or the error's code, message and detail."""
    found = connection.pgconn.exec_(statement.encode())
    if found.status == 2:
        return found.get_value(0, 0).decode()
    return " ".join((found.error_field(field) or b"").decode() for field in (67, 77, 68)).strip()


def ours(compute, *arguments):
    try:
        value = compute(*arguments)
    except Error as error:
        return f"{error.sqlstate} {error.message} {error.detail or ''}".strip()
    return value if isinstance(value, str) else type_named("numeric").to_text(value)


def written_number(random_):
    digits = "".join(random_.choices("0123456789", k=random_.choice([1, 2, 3, 5, 9, 17, 25])))
    fraction = "".join(random_.choices("0123456789", k=random_.choice([0, 1, 2, 5, 9, 17])))
    exponent = f"e{random_.randint(-50, 45)}" if random_.random() < 0.5 else ""
    return random_.choice(["", "-", "+"]) + digits + random_.choice(["", "." + fraction]) + exponent


@pytest.mark.parametrize("name", TYPES)
def test_texts_are_read_and_written(postgres, name):
    head, _, rest = name.partition("(")
    type_ = type_named(head, tuple(map(int, rest[:-1].split(","))) if rest else ())
    random_ = random.Random(19)
    for text in [*TEXTS, *(written_number(random_) for _ in range(150))]:
        quoted = text.replace("'", "''")
        expected = answer(postgres, f"SELECT CAST('{quoted}' AS {name})")
        assert ours(lambda text=text: type_.to_text(type_.from_text(text))) == expected, text


def numeric_argument(random_, is_exponent):
    if random_.random() < 0.1:
        return random_.choice(EDGES)
    if is_exponent and random_.random() < 0.8:
        return (
            f"{random_.choice(['', '-'])}{random_.randint(0, 60)}{random_.choice(['', '.5', '.00', '.317'])}"
        )
    n = random_.choice([1, 2, 3, 4, 5, 8, 12, 20, 30, 60])
    digits, point = "".join(random_.choices("0123456789", k=n)), random_.randint(-6, n + 3)
    unsigned = f"0.{'0' * -point}{digits}" if point <= 0 else f"{digits[:point]}.{digits[point:]}".rstrip(".")
    return random_.choice(["", "", "-"]) + unsigned


@pytest.mark.parametrize("form", OPERATIONS)
def test_numeric_has_the_digits_of_postgres(postgres, form):
    random_ = random.Random(form)
    for _ in range(120):
        exponents = (form.startswith("exp"), form.startswith("power"))
        given = [numeric_argument(random_, exponents[i]) for i in range(form.count("{}"))]
        statement = "SELECT " + form.format(*(f"'{text}'::numeric" for text in given))
        assert ours(OPERATIONS[form], *map(Decimal, given)) == answer(postgres, statement), statement


@pytest.mark.parametrize(("name", "code", "oid"), [("real", "f", 700), ("double precision", "d", 701)])
@pytest.mark.parametrize("extra_digits", [1, 0, -3, -15])
def test_floats_are_written_in_their_digits(postgres, name, code, oid, extra_digits):
    random_, size = random.Random(3), struct.calcsize(code)
    bits = [random_.randbytes(size) for _ in range(600)]
    whole = [
        struct.pack(">" + code, float(random_.randint(0, 10 ** random_.randint(1, 37)))) for _ in range(600)
    ]
    bits += whole + [struct.pack(">" + code, 2.0 ** random_.randint(-120, 120)) for _ in range(300)]
    postgres.execute(f"SET extra_float_digits = {extra_digits}")
    array = struct.pack(">iiIii", 1, 0, oid, len(bits), 1)
    array += b"".join(struct.pack(">i", size) + each for each in bits)
    found = postgres.pgconn.exec_params(
        f"SELECT x::text FROM unnest($1::{name}[]) WITH ORDINALITY u(x, n) ORDER BY n".encode(),
        [array],
        None,
        [1],
    )
    for row, each in enumerate(bits):
        (value,) = struct.unpack(">" + code, each)
        assert float_text(value, code == "f", extra_digits) == found.get_value(row, 0).decode(), each.hex()
