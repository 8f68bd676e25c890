"""Values: text forms, what a user may hand over, and what storage keeps."""

from __future__ import annotations

import datetime
import uuid
from decimal import Decimal

import numpy as np
import pyarrow
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pgvector import Vector

import vql
from vql.errors import Error
from vql.types.type import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    JSONB,
    NUMERIC,
    REAL,
    SMALLINT,
    TEXT,
    TEXT_ARRAY,
    TIMESTAMPTZ,
    UUID,
    VECTOR,
    Type,
)

UTC = datetime.UTC

# (type, text as typed, text as printed)
ROUND_TRIPS = [
    (BOOLEAN, " TRUE ", "t"), (BOOLEAN, "off", "f"), (BOOLEAN, "ye", "t"),
    (SMALLINT, "-32768", "-32768"), (INTEGER, " 7 ", "7"), (BIGINT, str(2**63 - 1), str(2**63 - 1)),
    (REAL, "0.1", "0.1"), (REAL, "1234567", "1.234567e+06"), (REAL, "1234567.5", "1.2345675e+06"),
    (REAL, "0.0001", "0.0001"), (REAL, "0.00001", "1e-05"), (REAL, "999999", "999999"),
    (REAL, "1e6", "1e+06"), (REAL, "-0", "-0"), (REAL, "3.4028235e38", "3.4028235e+38"),
    (DOUBLE, "1e15", "1e+15"), (DOUBLE, "123456789012345", "123456789012345"),
    (DOUBLE, "1234567890123456", "1.234567890123456e+15"), (DOUBLE, "0.0001", "0.0001"),
    (DOUBLE, "0.00012", "0.00012"), (DOUBLE, "0.00001", "1e-05"), (DOUBLE, "1e300", "1e+300"),
    (DOUBLE, "-inf", "-Infinity"), (DOUBLE, "nan", "NaN"), (DOUBLE, "2.50", "2.5"),
    (NUMERIC, "1e3", "1000"), (NUMERIC, "2.50", "2.50"), (NUMERIC, "NaN", "NaN"),
    (TIMESTAMPTZ, "2026-11-01", "2026-11-01 00:00:00+00"),
    (TIMESTAMPTZ, "2026-11-01 10:00:00.5+05:30", "2026-11-01 04:30:00.5+00"),
    (TIMESTAMPTZ, "2026-11-01T10:00Z", "2026-11-01 10:00:00+00"),
    (TIMESTAMPTZ, "2026-11-01 10:00:00+05", "2026-11-01 05:00:00+00"),
    (TIMESTAMPTZ, "2026-07-01 00:00:00 America/New_York", "2026-07-01 04:00:00+00"),
    (DATE, "2026-11-01", "2026-11-01"), (DATE, "epoch", "1970-01-01"),
    (UUID, "{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    (JSONB, '{"bb":1.50,"a":[1, 2,null]}', '{"a": [1, 2, null], "bb": 1.50}'),
    (JSONB, "1e3", "1000"), (JSONB, '"\\u00e9"', '"é"'), (JSONB, "true", "true"),
    (TEXT_ARRAY, '{a,"b c",NULL,"NULL",""}', '{a,"b c",NULL,"NULL",""}'),
    (TEXT_ARRAY, " {} ", "{}"), (TEXT_ARRAY, '{"a\\"b\\\\c"}', '{"a\\"b\\\\c"}'),
    (Type("integer[]"), "{1, 2,NULL}", "{1,2,NULL}"),
    (Type("vector[]"), '{"[1,2]","[3,4]"}', '{"[1,2]","[3,4]"}'),
    (VECTOR, " [1, 2.5 ,-3] ", "[1,2.5,-3]"), (VECTOR, "[1e10,1e-5]", "[1e+10,1e-05]"),
    (VECTOR, "[0.1,1e-46,-0]", "[0.1,0,-0]"), (VECTOR, "[1.12345678]", "[1.1234568]"),
    (VECTOR, "[1000000,0.0001]", "[1e+06,0.0001]"), (Type("bytea"), "\\x00ff", "\\x00ff"),
]  # fmt: skip


@pytest.mark.parametrize(("type_", "typed", "printed"), ROUND_TRIPS)
def test_text_forms_are_those_of_postgres(type_: Type, typed: str, printed: str) -> None:
    value = type_.from_text(typed)
    assert type_.to_text(value) == printed
    assert type_.to_text(type_.from_text(printed)) == printed


# (type, value, SQLSTATE, message)
REFUSED = [
    (INTEGER, "x", "22P02", 'invalid input syntax for type integer: "x"'),
    (INTEGER, "1__0", "22P02", 'invalid input syntax for type integer: "1__0"'),
    (INTEGER, "1.5", "22P02", 'invalid input syntax for type integer: "1.5"'),
    (INTEGER, "99999999999", "22003", 'value "99999999999" is out of range for type integer'),
    (SMALLINT, 40000, "22003", "smallint out of range"),
    (INTEGER, float("nan"), "22003", "integer out of range"),
    (REAL, "1e40", "22003", '"1e40" is out of range for type real'),
    (DOUBLE, "1e400", "22003", '"1e400" is out of range for type double precision'),
    (NUMERIC, "sNaN", "22P02", 'invalid input syntax for type numeric: "sNaN"'),
    (NUMERIC, "1e999999999", "22003", "value overflows numeric format"),
    (BOOLEAN, "o", "22P02", 'invalid input syntax for type boolean: "o"'),
    (TIMESTAMPTZ, "soon", "22007",
     'invalid input syntax for type timestamp with time zone: "soon"'),
    (TIMESTAMPTZ, "2026-02-30", "22008", 'date/time field value out of range: "2026-02-30"'),
    (TIMESTAMPTZ, "294277-01-01", "22008", 'timestamp out of range: "294277-01-01"'),
    (TIMESTAMPTZ, "2026-01-01 Nowhere/Else", "22023", 'time zone "nowhere/else" not recognized'),
    (DATE, "x", "22007", 'invalid input syntax for type date: "x"'),
    (UUID, "a0", "22P02", 'invalid input syntax for type uuid: "a0"'),
    (JSONB, "{x", "22P02", "invalid input syntax for type json"),
    (JSONB, "NaN", "22P02", "invalid input syntax for type json"),
    (JSONB, '"\\u0000"', "22P05", "unsupported Unicode escape sequence"),
    (JSONB, '"\\ud800"', "22P02", "invalid input syntax for type json"),
    (JSONB, "[" * 100_000, "54001", "stack depth limit exceeded"),
    (TEXT_ARRAY, "{a,}", "22P02", 'malformed array literal: "{a,}"'),
    (TEXT_ARRAY, "{,a}", "22P02", 'malformed array literal: "{,a}"'),
    (TEXT_ARRAY, '{"a}', "22P02", 'malformed array literal: "{"a}"'),
    (TEXT_ARRAY, "{a\\}", "22P02", 'malformed array literal: "{a\\}"'),
    (TEXT_ARRAY, "a", "22P02", 'malformed array literal: "a"'),
    (TEXT_ARRAY, "{{a},{b,c}}", "22P02", 'malformed array literal: "{{a},{b,c}}"'),
    (TEXT_ARRAY, "{{{{{{{a}}}}}}}", "54000", "number of array dimensions exceeds the maximum allowed (6)"),
    (TEXT_ARRAY, [["a"], "b"], "2202E", "sub-arrays of an array must have matching dimensions"),
    (Type("varchar", 3), "abcd", "22001", "value too long for type character varying(3)"),
    (TEXT, "a\x00b", "22021", 'invalid byte sequence for encoding "UTF8": 0x00'),
    (VECTOR, "[1,2", "22P02", 'invalid input syntax for type vector: "[1,2"'),
    (VECTOR, "[1,]", "22P02", 'invalid input syntax for type vector: "[1,]"'),
    (VECTOR, "[1_0]", "22P02", 'invalid input syntax for type vector: "[1_0]"'),
    (VECTOR, "[]", "22000", "vector must have at least 1 dimension"),
    (VECTOR, "[4e38,1]", "22003", '"4e38" is out of range for type vector'),
    (VECTOR, "[NaN,1]", "22000", "NaN not allowed in vector"),
    (VECTOR, "[Infinity,1]", "22000", "infinite value not allowed in vector"),
    (VECTOR.sized(3), "[1,2]", "22000", "expected 3 dimensions, not 2"),
    (VECTOR.sized(2), [1.0], "22000", "expected 2 dimensions, not 1"),
    (VECTOR, np.zeros(16_001), "54000", "vector cannot have more than 16000 dimensions"),
    (VECTOR, np.zeros((2, 2)), "22000", "array must be 1-D"),
    (VECTOR, 5, "22000", "array must be 1-D"),
    (VECTOR, object(), "42804", "a vector cannot be made of object"),
]  # fmt: skip


@pytest.mark.parametrize(("type_", "value", "sqlstate", "message"), REFUSED)
def test_bad_values_are_refused_with_the_texts_clients_know(
    type_: Type, value: object, sqlstate: str, message: str
) -> None:
    with pytest.raises(Error) as caught:
        type_.coerce(value)
    assert (caught.value.sqlstate, caught.value.message) == (sqlstate, message)


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("1,2", 'Vector contents must start with "[".'),
        ("[1,2]3", "Junk after closing right brace."),
    ],
)
def test_vector_errors_say_what_is_wrong(text: str, detail: str) -> None:
    with pytest.raises(Error) as caught:
        VECTOR.from_text(text)
    assert caught.value.detail == detail


@pytest.mark.parametrize(
    "given_value",
    [
        [1, 2, 3], (1.0, 2.0, 3.0), np.array([1, 2, 3]), np.array([1, 2, 3], ">f8"),
        np.arange(1, 7, dtype=np.float32)[:3], "[1,2,3]", Vector([1, 2, 3]),
        memoryview(np.array([1, 2, 3], np.float32)),
    ],
)  # fmt: skip
def test_a_vector_is_taken_in_any_shape(given_value: object) -> None:
    made = VECTOR.sized(3).coerce(given_value)
    assert isinstance(made, np.ndarray)
    assert made.dtype == np.float32
    assert made.flags.c_contiguous
    assert made.tolist() == [1, 2, 3]


def test_no_text_holds_a_zero_byte(tmp_path) -> None:
    with vql.connect(tmp_path) as connection:
        connection.execute("CREATE TABLE t (a text, b varchar(9))")
        for column in ("a", "b"):
            for bulk in ([None, "x\0"], np.array(["x\0y", "z"]), pyarrow.table({column: ["x\0"]})):
                with pytest.raises(Error) as refused:
                    connection.insert("t", bulk if hasattr(bulk, "schema") else {column: bulk})
                assert refused.value.sqlstate == "22021"
    with pytest.raises(Error):
        TEXT.base.from_binary(b"x\0", None)


@pytest.mark.parametrize(
    ("type_", "value", "canonical"),
    [
        (TEXT, None, None), (INTEGER, np.int64(3), 3), (INTEGER, 2.5, 2), (INTEGER, "4", 4),
        (REAL, 0.1, float(np.float32(0.1))), (DOUBLE, 1, 1.0), (BOOLEAN, np.True_, True),
        (NUMERIC, 0.1, Decimal("0.1")), (NUMERIC, 3, Decimal(3)), (TEXT, 5, "5"),
        (TIMESTAMPTZ, datetime.date(2026, 1, 2), datetime.datetime(2026, 1, 2, tzinfo=UTC)),
        (TIMESTAMPTZ, datetime.datetime(2026, 1, 2), datetime.datetime(2026, 1, 2, tzinfo=UTC)),
        (DATE, datetime.datetime(2026, 1, 2, 3), datetime.date(2026, 1, 2)),
        (JSONB, {"b": [1, 2.5], "a": None}, '{"a": null, "b": [1, 2.5]}'),
        (TEXT_ARRAY, ("a", None, 3), ["a", None, "3"]),
        (Type("integer[]"), np.array([1, 2]), [1, 2]),
        (UUID, b"\x00" * 16, uuid.UUID(int=0)), (Type("varchar", 3), "abc  ", "abc"),
    ],
)  # fmt: skip
def test_coerce_gives_the_canonical_value(type_: Type, value: object, canonical: object) -> None:
    made = type_.coerce(value)
    assert made == canonical
    assert type(made) is type(canonical)


MOMENTS = st.datetimes(timezones=st.just(UTC))
STORED = [
    (TIMESTAMPTZ, MOMENTS), (DATE, st.dates()), (UUID, st.uuids()),
    (NUMERIC, st.decimals(allow_nan=False, allow_infinity=False, places=5)),
    (TEXT_ARRAY, st.lists(st.none() | st.text())), (INTEGER, st.integers(-(2**31), 2**31 - 1)),
]  # fmt: skip


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(STORED).flatmap(lambda pair: st.tuples(st.just(pair[0]), pair[1])))
def test_storage_gives_back_what_it_was_given(case: tuple[Type, object]) -> None:
    type_, value = case
    kept = type_.stored(value)
    assert isinstance(kept, str) == type_.is_string_stored
    assert type_.from_stored(kept) == value


@given(st.floats(width=32, allow_nan=False))
def test_float4_text_is_shortest_and_reads_back(number: float) -> None:
    text = REAL.to_text(number)
    assert REAL.from_text(text) == number
    if np.isfinite(number):
        assert VECTOR.to_text(np.array([number, 0.5], np.float32)) == f"[{text},0.5]"


@given(st.floats(allow_nan=False))
def test_float8_text_reads_back(number: float) -> None:
    assert DOUBLE.from_text(DOUBLE.to_text(number)) == number


@given(st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"]))))
def test_arrays_read_back(items: list[str | None]) -> None:
    if any(item is not None and "\x00" in item for item in items):
        return
    assert TEXT_ARRAY.from_text(TEXT_ARRAY.to_text(items)) == items
