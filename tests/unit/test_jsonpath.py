"""jsonpath: its normal form, and what paths find."""

from __future__ import annotations

import json

import pytest

from vql.errors import Error
from vql.functions.json.jsonpath import (
    jsonb_path_exists,
    jsonb_path_exists_opr,
    jsonb_path_match,
    jsonb_path_match_opr,
    jsonb_path_query,
    jsonb_path_query_array,
    jsonb_path_query_first,
)
from vql.types.type import type_named

JSONPATH = type_named("jsonpath")
NORMAL = [
    ('$.a[*] ? (@.b > 1 && @.c == "x")', '$."a"[*]?(@."b" > 1 && @."c" == "x")'),
    ("LAX $ . a", '$."a"'),
    ("strict $.*", "strict $.*"),
    ("$.a > 1", '($."a" > 1)'),
    ("$.**{2 to last}.x", '$.**{2 to last}."x"'),
    ("$.**{last}", "$.**{last}"),
    ("$[0, 1 to 2, last - 1]", "$[0,1 to 2,last - 1]"),
    ("-$.a + 2 * 3", '(-$."a" + 2 * 3)'),
    ("($.a + 1) * 2", '(($."a" + 1) * 2)'),
    ("- -1", "1"),
    ("$.a <> 1", '($."a" != 1)'),
    ("!exists($.a)", '!(exists ($."a"))'),
    ("($.a == 1) is unknown", '($."a" == 1) is unknown'),
    ('$.a like_regex "^x" flag "mi"', '($."a" like_regex "^x" flag "im")'),
    ("1.50e1", "15.0"),
    (".5", "0.5"),
    ("0x1F", "31"),
    ("1_000", "1000"),
    (r'"\u0041\x42\u{43}"', '"ABC"'),
    ("(1).type()", "(1).type()"),
    ("$.true.type.size", '$."true"."type"."size"'),
    ('$"v w"', '$"v w"'),
    ("($ == 1).type()", "($ == 1).type()"),
]
REFUSED = [
    ("", "22P02", "invalid input syntax"),
    ("@", "42601", "@ is not allowed in root expressions"),
    ("last", "42601", "LAST is allowed only in array subscripts"),
    ("$.", "42601", "at end of jsonpath input"),
    ("$ && 1", "42601", 'near "&&"'),
    ("1a", "42601", "trailing junk"),
    ('"abc', "42601", "unterminated"),
    ("$.a = 1", "42601", 'near "="'),
    ("$ ? (@.a)", "42601", 'near "\\)"'),
    ('$ like_regex "("', "2201B", "regular"),
    ('$ like_regex "a" flag "z"', "42601", "invalid input syntax"),
    ("$.foo()", "42601", 'near "\\("'),
]
DOCUMENT = json.dumps(
    {"a": [{"b": 1, "c": "x"}, {"b": 2, "c": "y"}, {"b": None}], "n": [1, [2, [3]]], "s": "abc"}
)
FOUND = [
    ("$.a[*].b", "[1, 2, null]"),
    ("$.a.b", "[1, 2, null]"),
    ("$.a[*] ? (@.b > 1).c", '["y"]'),
    ("$.a[last].b", "[null]"),
    ("$.a[0 to 1].c", '["x", "y"]'),
    ("$.n.**{last}", "[1, 2, 3]"),
    ("$.missing", "[]"),
    ("$.n.size()", "[2]"),
    ("$.a.type()", '["array"]'),
    ("$.a[*].b ? (@ == null)", "[null]"),
    ("$.n[0] / 3", "[0.33333333333333333333]"),
    ("-$.n[0]", "[-1]"),
    ('$.s ? (@ starts with "ab")', '["abc"]'),
    ("$.a.b > 1", "[true]"),
    ("$.s > 1", "[null]"),
    ("$.a[*] ? (@.b == $v).c", '["y"]'),
    ('$.a[*] ? (exists(@.c) && !(@.c == "x")).b', "[2]"),
    ('$.s ? (@ like_regex "^AB" flag "i")', '["abc"]'),
]
FAILING = [
    ("strict $.missing", "2203A"),
    ("strict $.s[0]", "22039"),
    ("strict $.n[5]", "22033"),
    ("$.s + 1", "22038"),
    ("strict -$.s", "2203B"),
    ("$.n[0] / 0", "22012"),
    ("$.s.abs()", "22036"),
    ("$.s.double()", "22036"),
]


@pytest.mark.parametrize(("text", "normal"), NORMAL)
def test_a_path_has_one_form(text: str, normal: str) -> None:
    assert JSONPATH.coerce(text) == normal
    assert JSONPATH.coerce(normal) == normal


@pytest.mark.parametrize(("text", "sqlstate", "message"), REFUSED)
def test_what_is_no_path_is_refused(text: str, sqlstate: str, message: str) -> None:
    with pytest.raises(Error, match=message) as caught:
        JSONPATH.coerce(text)
    assert caught.value.sqlstate == sqlstate


@pytest.mark.parametrize(("path", "found"), FOUND)
def test_a_path_finds(path: str, found: str) -> None:
    assert jsonb_path_query_array(DOCUMENT, path, '{"v": 2}') == found
    assert "[" + ", ".join(jsonb_path_query(DOCUMENT, path, '{"v": 2}')) + "]" == found
    assert jsonb_path_exists(DOCUMENT, path, '{"v": 2}') is (found != "[]")


@pytest.mark.parametrize(("path", "sqlstate"), FAILING)
def test_an_error_of_the_data_may_be_passed_over(path: str, sqlstate: str) -> None:
    with pytest.raises(Error) as caught:
        jsonb_path_query_array(DOCUMENT, path)
    assert caught.value.sqlstate == sqlstate
    assert jsonb_path_query_first(DOCUMENT, path, "{}", True) is None
    assert jsonb_path_exists_opr(DOCUMENT, path) is None


def test_a_match_is_one_truth_value() -> None:
    assert jsonb_path_match('{"a": 1}', "$.a > 0") is True
    assert jsonb_path_match_opr('{"a": 1}', "$.a") is None
    with pytest.raises(Error, match="single boolean result is expected"):
        jsonb_path_match('{"a": 1}', "$.a")


def test_a_variable_that_is_not_there_is_an_error_always() -> None:
    with pytest.raises(Error, match='could not find jsonpath variable "x"'):
        jsonb_path_query_array("1", "$ ? (@ == $x)", "{}", True)
