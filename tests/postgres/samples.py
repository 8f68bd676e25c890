"""Values a declaration is judged by: the edges of every type, as PostgreSQL's texts, and calls made of them."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from decimal import Decimal

CALLS_MAX = 60
ROWS_MAX = 300  # of a function that gives rows: some have no end

_TEXTS = (
    "", "a", "b", "abc", "Abc DEF ghi", "ABC", " a  b ", "xyzabcabc", "a,b,,c", "é", "Straße", "ÄÖ日本語", "😀x",
    "it's", "%", "a_b%", "\\", "a\\b", "123", "-1.5e3", "1.50", "null", "{1,2}", "a\tb\nc", "a" * 80, "(b)(c)",
    "^a.*c$", "true", "2020-02-29", "\u00a0", "e\u0301",
)  # fmt: skip
_JSONS = (
    "null", "1", "1.50", "-0.0", "1e3", "true", "false", '""', '"a"', '"é\\n\\u0041"', "[]", "{}", "[1, 2, 3]",
    '["a", "b", null]', '{"a": 1}', '{"a": 1.0, "b": [1, {"c": null}]}', '{"b": 2, "a": {"x": "y"}}',
    '[[1, [2]], {"k": "v"}]', '  {"a" : 1 , "a":2}', "12345678901234567890.123", '{"": "empty", "é": [true]}',
)  # fmt: skip
# By the name in a signature; arrays are made of their elements' samples.
SAMPLES: dict[str, Sequence[str]] = {
    "boolean": ("true", "false"),
    "smallint": ("0", "1", "-1", "2", "7", "100", "32767", "-32768"),
    "integer": ("0", "1", "-1", "2", "3", "5", "7", "-10", "42", "65536", "2147483647", "-2147483648"),
    "bigint": ("0", "1", "-1", "2", "3", "7", "-100", "1000000007", "9007199254740993",
               "9223372036854775807", "-9223372036854775808"),
    "oid": ("0", "1", "23", "4294967295"),
    "xid": ("0", "1", "23", "4294967295"),
    "xid8": ("0", "1", "12", "15", "4294967299", "9223372036854775807"),
    **dict.fromkeys(("pg_snapshot", "txid_snapshot"), ("3:3:", "10:20:10,14,15", "1:4294967296:4294967290")),
    "real": ("0", "-0", "1", "-1", "0.5", "1.5", "2.5", "-2.5", "0.1", "3.4028235e38", "-3.4028235e38", "1e-45",
             "1.1754944e-38", "16777217", "1e10", "NaN", "Infinity", "-Infinity"),
    "double precision": ("0", "-0", "1", "-1", "0.5", "1.5", "2.5", "-2.5", "0.1", "3.14159", "90", "720", "1e15",
                         "1e16", "123456.789", "1e-5", "1.7976931348623157e308", "5e-324", "1e100", "-1e-300",
                         "NaN", "Infinity", "-Infinity"),
    "numeric": ("0", "0.00", "1", "-1", "2", "0.5", "1.5", "2.5", "-2.5", "1.50", "3.000", "10", "0.1", "99999.99",
                "-123.456", "1e-20", "123456789012345678901234567890.123456789", "1e38", "-1e100", "NaN",
                "Infinity", "-Infinity"),
    "text": _TEXTS,
    "varchar": ("", "a", "abc ", "é", "xyz"),
    "character varying": ("", "a", "abc ", "é", "xyz"),
    "bpchar": ("", "a", "abc  ", "  a ", "é"),
    "character": ("a", "", "é"),
    "char": ("a",),
    '"char"': ("a", "", "z"),
    "name": ("", "a", "pg_class", "Abc"),
    "bytea": ("", "\\x00", "\\x61", "\\x616263", "\\xff00fe", "\\xc3a9", "\\x" + "ab" * 70),
    "uuid": ("00000000-0000-0000-0000-000000000000", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
             "ffffffff-ffff-ffff-ffff-ffffffffffff", "019535d9-3df7-79fb-b466-fa907fa17f9e",
             "c232ab00-9414-11ec-b3c8-9f6bdeced846"),
    "date": ("1970-01-01", "2000-01-01", "2020-02-29", "2020-01-31", "1999-12-31", "1582-10-14", "0001-01-01",
             "0044-03-15 BC", "4714-11-24 BC", "5874897-12-31", "10000-01-01", "infinity", "-infinity"),
    "time": ("00:00", "12:34:56.789012", "23:59:59.999999", "24:00", "01:02:03", "06:30"),
    "timetz": ("00:00+00", "12:34:56.789012+02", "23:59:59.999999-12", "24:00+15:59"),
    "timestamp": ("1970-01-01", "2000-01-01", "2020-02-29 12:34:56.789012", "2020-03-31 23:59:59.999999",
                  "1999-12-31 01:00", "2024-03-31 02:30", "2024-10-27 02:30", "0001-01-01", "0044-03-15 10:00 BC",
                  "4714-11-24 BC", "294246-12-31 23:59:59.999999", "12345-06-07 08:09:10", "infinity", "-infinity"),
    "interval": ("0", "1 day", "-1 day", "1 mon", "1 year 2 mons 3 days 04:05:06.789", "-1 year -2 mons +3 days",
                 "30 days", "24:00", "1 day -00:00:00.000001", "178000000 years", "-178000000 years",
                 "2147483647 days", "2562047788:00:54.775807", "1 mon -1 day 12:00", "infinity", "-infinity"),
    "json": _JSONS,
    "jsonb": _JSONS,
    "jsonpath": ("$", "$.a", "$[*]", "$.a[*] ? (@ > 1)", "$.**", "strict $.b", "$.b.size()"),
    "inet": ("10.0.0.1", "10.0.0.1/8", "10.0.0.0/8", "192.168.1.5/24", "0.0.0.0/0", "255.255.255.255", "::1",
             "2001:db8::1/32", "::ffff:1.2.3.4", "fe80::/10", "::/0", "1:0:0:2::/64", "10.1.0.0/16"),
    "cidr": ("10.0.0.0/8", "10.1.0.0/16", "192.168.1.5/32", "0.0.0.0/0", "::/0", "2001:db8::/32", "::1/128",
             "10.1.2.128/25", "2001:4f8:3:ba::/64", "2001:4f8:3:ba:2e0:81ff:fe22:d1f1/128", "fe80::/10"),
    "macaddr": ("08:00:2b:01:02:03", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"),
    "macaddr8": ("08:00:2b:ff:fe:01:02:03", "08:00:2b:01:02:03:04:05", "ff:ff:ff:ff:ff:ff:ff:ff"),
    "int4range": ("empty", "[1,5)", "[3,8]", "(5,8)", "[5,5]", "(,3)", "[7,)", "(,)", "[-2147483648,2147483646]"),
    "int8range": ("empty", "[1,5)", "[3,8]", "[5,6)", "(,3)", "[7,)", "(,)"),
    "numrange": ("empty", "[1,5)", "[1.0,5.00)", "(1,5]", "[5,5]", "(5,7.5]", "(,3)", "(,3]", "[3,)", "(,)", "[1,NaN]"),
    "tsrange": ("empty", "[2020-01-01,2020-02-01)", "(2020-01-15,2020-03-01]", "[2020-02-01,)", "(,infinity]",
                "[-infinity,2020-01-01]", "(,)"),
    "tstzrange": ("empty", "[2020-01-01 00:00+00,2020-02-01 00:00+00)", "(2020-01-15 12:00+02,)", "(,infinity)"),
    "daterange": ("empty", "[2020-01-01,2020-02-01)", "[2020-01-15,2020-03-01]", "[2020-02-01,)", "(,infinity]",
                  "[-infinity,2020-01-01)", "(,)"),
    "int4multirange": ("{}", "{[1,5)}", "{[1,3),[3,5)}", "{[1,2),[7,9)}", "{(,3),[5,6)}", "{(,)}", "{[7,)}"),
    "int8multirange": ("{}", "{[1,5)}", "{[1,2),[7,9)}", "{(,)}"),
    "nummultirange": ("{}", "{[1,5)}", "{(1,3),(3,5]}", "{[1,2),[2,3.5]}", "{(,3),[5,6)}", "{(,)}"),
    "tsmultirange": ("{}", "{[2020-01-01,2020-02-01),(2020-02-01,)}", "{(,2020-01-01]}"),
    "tstzmultirange": ("{}", "{[2020-01-01 00:00+00,2020-02-01 00:00+00)}"),
    "datemultirange": ("{}", "{[2020-01-01,2020-02-01),[2020-02-01,)}", "{[2020-01-01,2020-01-02),[2020-02-01,)}"),
    "bit": ("0", "1"),
    "bit varying": ("", "0", "1", "10110", "11111111", "0000000011"),
    "vector": ("[1]", "[0]", "[1,2,3]", "[0,0,0]", "[-1.5,2.25,1e10]", "[1e-38,3e38,-3e38]", "[0.1,0.2,0.3]"),
    "halfvec": ("[1]", "[0]", "[1,2,3]", "[0,0,0]", "[-1.5,2.25,65504]", "[6e-8,0.1,-65504]"),
    "sparsevec": ("{}/1", "{1:1}/1", "{1:1,3:2}/3", "{}/3", "{2:-1.5,3:1e10}/3", "{1:1e-38,3:3e38}/3"),
    "tsvector": ("", "a:1", "a b", "a:1,5A b:2B c:3", "fat:2,4 cat:3 rat:5A", "'it''s':1C ab:2", "b:1 a:2,3D"),
    "tsquery": ("a", "a & b", "a | !b", "a <-> b", "fat:AB & rat:*", "!(a <2> b) | c", "cat & (a | 'it''s')"),
    "regconfig": ("simple", "english", "french", "russian"),
    "regdictionary": ("simple", "english_stem", "french_stem"),
    "regclass": ("pg_class", "pg_type"),
    "regtype": ("integer", "text"),
}  # fmt: skip
for _other, _known in {
    "timestamptz": "timestamp", "timestamp with time zone": "timestamp",
    "timestamp without time zone": "timestamp", "time without time zone": "time", "time with time zone": "timetz",
    "varbit": "bit varying",
}.items():  # fmt: skip
    SAMPLES[_other] = SAMPLES[_known]
# What a polymorphic argument is tried as; those of one call agree.
POLYMORPHIC: dict[str, Sequence[str]] = {
    "anyelement": ("integer", "text", "numeric", "timestamp"),
    "anynonarray": ("integer", "text"),
    "anycompatible": ("integer", "text", "numeric"),
    "anycompatiblenonarray": ("integer", "text"),
    "anyarray": ("integer[]", "text[]", "numeric[]", "timestamp[]"),
    "anycompatiblearray": ("integer[]", "text[]", "numeric[]"),
    '"any"': ("integer", "text", "double precision", "boolean", "jsonb", "date"),
    "any": ("integer", "text", "double precision", "boolean", "jsonb", "date"),
    "record": (),
    "anyrange": ("int4range", "numrange", "tsrange", "daterange"),
    "anymultirange": ("int4multirange", "nummultirange", "tsmultirange", "datemultirange"),
}
# Elements of the ranges of one call.
RANGED: Sequence[str] = ("integer", "numeric", "timestamp", "date")
_UNITS = ("year", "month", "day", "hour", "minute", "second", "milliseconds", "microseconds", "week", "quarter",
          "decade", "century", "millennium", "dow", "isodow", "doy", "isoyear", "epoch", "julian", "timezone",
          "timezone_hour", "YEAR", "nonsense")  # fmt: skip
_ZONES = ("UTC", "Europe/Rome", "America/New_York", "+02", "EST", "Asia/Kolkata", "-03:30", "nowhere/land")
_MOMENT_FORMATS = ("YYYY-MM-DD HH24:MI:SS.US", "Day, DD Mon YYYY", "FMDDth FMMonth", "HH12:MI AM", "IYYY-IW-ID",
                   "J Q WW W D DDD CC", "MS US SSSS", '"quoted" YYYY', "Y,YYY YY Y BC", "TZ OF", "RM rm", "")  # fmt: skip
_NUMBER_FORMATS = ("999", "FM999.99", "000.00", "9,999,999.9", "S999", "999MI", "999PR", "PL999", "RN", "9.99EEEE",
                   "L999", "999th", "9V99", "", "B999", "SG9999", "FM9999999999999999999.0099")  # fmt: skip
_PATTERNS = ("b", "(b)(c)", "^a.*c$", "[a-c]+", "\\d+", "a|b", "(?i)ABC", "", "x*", "(", "[[:alpha:]]+", "\\m\\w",
             "(a)(?=b)", ".", "\\s")  # fmt: skip
_FLAGS = ("", "g", "i", "gi", "x", "n", "q")
_PATHS = ("{}", "{a}", "{a,b}", "{b,1,c}", "{0}", "{-1}", "{1,k}", "{b,0}", "{a,NULL}")
# Arguments whose values must mean something: (function, place from 0).
ARGUMENTS: dict[tuple[str, int], Sequence[str]] = {
    **{(name, 0): ("default", "3722", "nothing") for name in ("ts_parse", "ts_token_type")},
    **{(name, 0): _UNITS for name in ("date_trunc", "date_part", "extract")},
    ("date_trunc", 2): _ZONES,
    ("timezone", 0): _ZONES, ("date_add", 2): _ZONES, ("date_subtract", 2): _ZONES, ("generate_series", 3): _ZONES,
    **{(name, 1): _PATTERNS for name in (
        "regexp_match", "regexp_matches", "regexp_replace", "regexp_split_to_array", "regexp_split_to_table",
        "regexp_count", "regexp_instr", "regexp_like", "regexp_substr", "~", "~*", "!~", "!~*")},
    **{(name, 2): _FLAGS for name in ("regexp_match", "regexp_matches", "regexp_split_to_array",
                                      "regexp_split_to_table", "regexp_like")},
    ("regexp_replace", 3): _FLAGS,
    ("to_char", 1): (*_MOMENT_FORMATS, *_NUMBER_FORMATS),
    ("to_number", 1): _NUMBER_FORMATS,
    ("to_number", 0): ("123", "-1,234.5", " 12 ", "1.5-", "<5>", "XIV", "abc", "+7", ""),
    ("to_date", 1): _MOMENT_FORMATS,
    ("to_timestamp", 1): _MOMENT_FORMATS,
    **{(name, 0): ("2020-02-29 12:34:56", "Saturday, 29 Feb 2020", "29th February", "01:30 PM", "2020-09-6",
                   "99", "", "abc", "0044-03-15 BC") for name in ("to_date", "to_timestamp")},
    **{(name, 1): ("hex", "base64", "escape", "HEX", "none") for name in ("encode", "decode")},
    ("decode", 0): ("", "6162", "616", "YWJj", "YWI=", "a\\\\b\\001", "zz", "6 1"),
    ("format", 0): ("%s", "%s-%s", "%I %L", "%%", "%2$s %1$s", "%-8s|", "%8s|", "%", "%z", "abc", "%*s"),
    ("normalize", 1): ("NFC", "NFD", "NFKC", "NFKD", "nfc", "x"),
    **{(name, 1): ("", ",", "a", "bc", " ", "é") for name in (
        "split_part", "string_to_array", "string_to_table", "strpos", "position", "btrim", "ltrim", "rtrim")},
    **{(name, 1): _PATHS for name in ("#>", "#>>", "#-", "jsonb_set", "jsonb_insert", "jsonb_set_lax",
                                      "json_extract_path", "jsonb_extract_path")},
    **{(name, 1): ("a", "b", "", "0", "é") for name in ("->", "->>", "?")},
    ("parse_ident", 0): ("a", "a.b", '"A".b', "a.", "", "1a", 'a"b'),
    ("set_config", 0): (), ("current_setting", 0): ("server_encoding", "nowhere.to_be"),
    ("convert_from", 1): ("UTF8", "LATIN1", "none"), ("convert_to", 1): ("UTF8", "LATIN1", "none"),
    ("get_byte", 1): ("0", "1", "2", "-1"), ("get_bit", 1): ("0", "1", "9", "-1"),
    ("set_byte", 1): ("0", "1", "2", "-1"), ("set_bit", 1): ("0", "1", "9", "-1"),
    ("set_bit", 2): ("0", "1", "2"), ("array_fill", 1): ("{}", "{0}", "{1}", "{3}", "{2,2}", "{-1}", "{NULL}"),
    ("array_fill", 2): ("{1}", "{1,1}", "{NULL}"),
    ("make_date", 0): ("2020", "1", "0", "-44", "5874898"), ("make_date", 1): ("1", "2", "12", "13", "0"),
    ("make_date", 2): ("1", "29", "30", "31", "0"),
    ("chr", 0): ("65", "233", "128512", "0", "-1", "55296", "1114112"),
    **{(name, 0): ("0", "2", "6") for name in ("current_time", "current_timestamp", "localtime", "localtimestamp")},
    ("factorial", 0): ("0", "1", "5", "20", "33", "-1"),
}  # fmt: skip


def values_of(type_name: str, function: str = "", place: int = 0) -> Sequence[str]:
    """Return the sample texts of an argument; none where the type has no samples yet."""
    special = ARGUMENTS.get((function, place))
    if special is not None and suits(special, type_name):
        return special
    if type_name.endswith("[]"):
        return _arrays(type_name[:-2])
    return SAMPLES.get(type_name, ())


def calls_of(types: Sequence[str], function: str = "", seed: str = "") -> list[tuple[str | None, ...]]:
    """Return argument lists: every value once at least, all pairs where they are few, then NULLs."""
    columns = [values_of(name, function, place) for place, name in enumerate(types)]
    if not all(columns):
        return []
    rng = random.Random(seed or function + str(types))
    size = 1
    for column in columns:
        size *= len(column)
    calls: list[tuple[str | None, ...]]
    if size <= CALLS_MAX:
        calls = list(itertools.product(*columns))
    else:
        longest = max(map(len, columns))
        calls = [
            tuple(column[index % len(column)] for column in columns if column) for index in range(longest)
        ]
        calls += [tuple(rng.choice(column) for column in columns) for _ in range(CALLS_MAX - longest)]
    for place in range(len(types)):
        calls.append(tuple(None if index == place else rng.choice(c) for index, c in enumerate(columns)))
    if len(types) > 1:
        calls.append((None,) * len(types))
    return list(dict.fromkeys(calls))


def rows_of(types: Sequence[str], function: str) -> list[list[tuple[str | None, ...]]]:
    """Return what an aggregate is given: no rows, NULLs alone, single rows, all of them, some of them."""
    calls = calls_of(types, function)
    rng = random.Random(function + str(types))
    nulls = (None,) * len(types)
    given = [[], [nulls], [nulls, nulls], *([call] for call in calls[:12]), calls[:12], calls]
    given += [[rng.choice(calls) for _ in range(rng.randrange(2, 9))] for _ in range(8)] if calls else []
    return given


def _arrays(element: str) -> Sequence[str]:
    values = SAMPLES.get(element, ())
    if element == "numeric":  # equal ones have no order
        values = tuple({Decimal(value): value for value in values}.values())
    if not values:
        return ()
    quoted = ['"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values]
    one, two, three = quoted[0], quoted[1 % len(quoted)], quoted[2 % len(quoted)]
    return (
        "{}", f"{{{one}}}", f"{{{two}}}", f"{{{one},{two},{three}}}", f"{{{three},{two},{two},{one}}}",
        "{NULL}", f"{{{two},NULL,{one}}}", f"{{{{{one},{two}}},{{{three},{two}}}}}",
        f"{{{','.join(quoted)}}}",
    )  # fmt: skip


def suits(values: Sequence[str], type_name: str) -> bool:
    """Whether special values are of the type of this overload: `->` takes integers too."""
    if type_name in ("integer", "bigint", "smallint"):
        return all(value.lstrip("-").isdigit() for value in values)
    if type_name.endswith("[]"):
        return all(value.startswith("{") for value in values)
    return type_name == "text"
