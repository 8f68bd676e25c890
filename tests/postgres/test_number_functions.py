"""to_char, to_number and aggregates of numbers by random pictures and rows; random numbers after a seed."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

from vql.errors import Error
from vql.functions.declare import FUNCTIONS, Environment
from vql.functions.numbers import aggregates, from_text, random_numbers, to_text  # noqa: F401 - declared
from vql.types.type import type_named

PATTERNS = [
    "9", "9", "9", "9", "0", "0", ",", "G", ".", "D", "S", "MI", "PL", "SG", "PR", "FM", "FM", "TH", "th",
    "V", "L", "RN", "rn", "EEEE", "B", "C", "SP", " ", "x", '"ab"', '\\"', "-", "\\",
]  # fmt: skip
PICTURES = """9 999 9999 0 09 990 9,999 99G999 9.9 99.99 9D99 0.00 990.099 FM9 FM999.99 FM990.00 FM0999.9990
    S99 99S S9.9 9.9S 99MI MI99 PL99 99PL SG99 99SG 99PR 9.9PR FM99PR 99TH FM99th 9V99 99V9 L99 RN FMRN
    rn FMrn 9.99EEEE EEEE FM9.9 FM.99 .99 FM9. 9. 999.999 0000 FM0000 B99 FM9999999999999999
    9999999999999999.99 S0.0 0S FMS99 FM99.99MI V9 9V 0V9 9SV9 G9 9G ,9 FM,9 9,9.9,9
    999,999,999.99 S999999999999.9999""".split()
NUMBERS = [0, 1, -1, 12, -12, 123, 1234, -1234, 11, 21, 2, 3, 101, 111, 4000, 3999]
FRACTIONS = [
    0.1,
    -0.1,
    0.5,
    -0.5,
    1.5,
    12.34,
    -12.34,
    0.01,
    1234.567,
    99.99,
    -99.99,
    0.999,
    9.995,
    0.004,
    1e10,
]
TEXTS = [
    "XII",
    "iv",
    "MCMXC",
    "IIII",
    "VV",
    "IC",
    "",
    " xiv",
    "CMD",
    "MMMM",
    "1,234.5",
    "$5",
    "<5>",
    "5-",
    "1st",
]
SPECIAL = ["NaN", "Infinity", "-Infinity"]


def answer(connection, statement, *arguments):
    """Return the first value's text, or the error's code, message and detail."""
    given = [None if each is None else each.encode() for each in arguments]
    found = connection.pgconn.exec_params(statement.encode(), given)
    if found.status == 2:
        value = found.get_value(0, 0)
        return None if value is None else value.decode()
    return " ".join((found.error_field(field) or b"").decode() for field in (67, 77, 68)).strip()


def ours(run, result, *arguments):
    try:
        value = run(*arguments)
    except Error as error:
        return f"{error.sqlstate} {error.message} {error.detail or ''}".strip()
    return value if value is None or isinstance(value, str) else type_named(result).to_text(value)


def picture(random_):
    if random_.random() < 0.6:
        return random_.choice(PICTURES)
    return "".join(random_.choices(PATTERNS[: random_.choice([10, len(PATTERNS)])], k=random_.randint(1, 8)))


@pytest.mark.parametrize("name", ["integer", "bigint", "real", "double precision", "numeric"])
def test_numbers_are_written_by_pictures(postgres, name):
    (declared,) = (each for each in FUNCTIONS["to_char"] if each.arguments[0].type == name)
    random_, is_exact = random.Random(name), name in ("integer", "bigint")
    for _ in range(800):
        text = str(random_.choice(NUMBERS if is_exact else NUMBERS + FRACTIONS + SPECIAL))
        if random_.random() < 0.3:
            text = str(random_.randint(-(2**31), 2**31 - 1) >> random_.randint(0, 31))
        given = picture(random_)
        expected = answer(postgres, f"SELECT to_char($1::{name}, $2::text)", text, given)
        value = type_named(name).from_text(text)
        assert ours(declared.run, "text", value, given) == expected, (text, given)


def test_numbers_are_read_by_pictures(postgres):
    random_, (declared,) = random.Random(7), FUNCTIONS["to_number"]
    for _ in range(2_000):
        text = random_.choice(TEXTS)
        if random_.random() < 0.7:
            ends = (
                random_.choice(["", "-", "+", " -", "<"]),
                random_.choice(["", ".", ".5", ".125", "-", ">", ".01-", "th"]),
            )
            text = ends[0] + str(random_.randint(0, 10 ** random_.randint(1, 7))) + ends[1]
        given = picture(random_)
        expected = answer(postgres, "SELECT to_number($1::text, $2::text)", text, given)
        assert ours(declared.run, "numeric", text, given) == expected, (text, given)


def written(random_, name, is_plain):
    """Return a value's text; plain ones are near to each other."""
    if not is_plain and random_.random() < 0.1:
        return random_.choice(
            [*SPECIAL, "1e308", "-1e308"] if name == "double precision" else ["0", "-1", "1"]
        )
    if name in ("real", "double precision"):
        return repr(random_.uniform(-3, 3))
    if name == "numeric":
        return str(round(Decimal(random_.uniform(-3, 3)), random_.randint(0, 8)))
    return random_.choice("tf") if name == "boolean" else str(random_.randint(-(2**15), 2**15 - 1))


AGGREGATES = [
    declared
    for many in FUNCTIONS.values()
    for declared in many
    if declared.run is not None
    and getattr(declared.run, "__module__", "") == "vql.functions.numbers.aggregates"
    and declared.result != "oid"
]


@pytest.mark.parametrize(
    "declared", AGGREGATES, ids=lambda each: f"{each.name}({', '.join(a.type for a in each.arguments)})"
)
def test_aggregates_have_the_digits_of_postgres(postgres, declared):
    random_, types = random.Random(5), [argument.type for argument in declared.arguments]
    names = "ab"[: len(types)]
    arrays = ", ".join(f"${place}::{name}[]" for place, name in enumerate(types, 1))
    for size in (0, 1, 2, 2, 3, 10, 100):
        rows = [[written(random_, name, size % 2 == 0) for name in types] for _ in range(size)]
        given = ["{" + ",".join(row[place] for row in rows) + "}" for place in range(len(types))]
        source = f"unnest({arrays}) WITH ORDINALITY u({', '.join(names)}, n)"
        statement = f"SELECT {declared.name}({', '.join(names)}) FROM {source}"
        values = [tuple(type_named(n).from_text(v) for n, v in zip(types, row, strict=True)) for row in rows]
        if len(types) == 1:
            values = [value for (value,) in values]
        assert ours(declared.run, declared.result, values) == answer(postgres, statement, *given), rows


def test_random_numbers_after_a_seed_are_those_of_postgres(postgres):
    environment = Environment(now_us=0)
    run = {tuple(a.type for a in each.arguments): each.run for each in FUNCTIONS["random"]}
    for seed in (0.5, -1.0, 1.0, 0.0, 0.123):
        postgres.execute(f"SELECT setseed({seed})")
        FUNCTIONS["setseed"][0].run(environment, seed)
        for low, high in ((1, 6), (-(2**31), 2**31 - 1), (5, 5)):
            drawn = run["integer", "integer"](environment, low, high)
            assert drawn == int(answer(postgres, f"SELECT random({low}, {high})"))
        assert run["bigint", "bigint"](environment, -(2**63), 2**63 - 1) == int(
            answer(postgres, "SELECT random(-9223372036854775808, 9223372036854775807)")
        )
        assert run[()](environment) == float(answer(postgres, "SELECT random()"))
        normal = FUNCTIONS["random_normal"][0].run(environment, 1.5, 2.0)
        assert normal == float(answer(postgres, "SELECT random_normal(1.5, 2)"))
    fractions = {run["numeric", "numeric"](environment, Decimal("1.0"), Decimal("1.25")) for _ in range(500)}
    assert fractions == {Decimal(100 + step) / 100 for step in range(26)}
