"""Strings and names in quotes, and the functions whose arguments have words between, read as PostgreSQL reads
them."""

from __future__ import annotations

import psycopg
import pytest

from vql.errors import Error
from vql.language import ast
from vql.language.ast.walk import PLACES
from vql.language.lexer import scan
from vql.language.parser import parse_expression

LITERALS = (
    r"''", r"'it''s'", r"'a\b'", r"E'\xc3\xa9'", r"E'\303\251'",
    r"E'a\101\x41\u0061\U00000061\q\'\\''\b\f\n\r\t\v'",
    r"E'\ud83d\ude00'", r"E'\xe9'", r"E'\ud83d'", r"E'\ud83da'", r"E'\ude00'", r"E'\ud83d\101'", r"E'\u00'",
    r"E'\u0000'", r"E'\U00110000'", r"E'\0'", r"E'\00'", r"E'\x00'", r"E'\x'", r"E'\777'", "E'a\\\nb'",
    "'a'\n'b'", "'a' \n  -- c\n 'b'", "'a' -- c\n'b'", "'a'\n\n'b'\n'c'", r"U&'d\0061t\+000061'",
    "U&'d!0061!!' UESCAPE '!'", r"U&'\\'", r"U&'\d83d\de00'", r"U&'\00'", "U&'a' UESCAPE '+'", r"U&'\d83d'",
    "U&'x' UESCAPE 'ab'", "U&'x' UESCAPE 'a'", r"U&'\0000'", r"U&'\+110000'", "U&'it''s'", "N'a''b'",
    "$$a'b$$", "$x$a$$b$x$", "u&'x' uescape '_'", "U&'x' UESCAPE ' '",
)  # fmt: skip
# As they are written, and as the plain call that they are.
CALLS = {
    "position('b' in 'abc')": "\"position\"('abc', 'b')",
    "position('b' || 'c' in 'abc')": "\"position\"('abc', 'b' || 'c')",
    "overlay('abc' placing 'x' from 2)": "overlay('abc', 'x', 2)",
    "overlay('abc' placing 'x' from 2 for 1)": "overlay('abc', 'x', 2, 1)",
    "substring('abc' from 2)": "substring('abc', 2)",
    "substring('abc' from 2 for 1)": "substring('abc', 2, 1)",
    "substring('abc' for 2)": "substring('abc', 1, 2)",
    "substring('abc' for 1 from 2)": "substring('abc', 2, 1)",
    "substring('abc' from 'b.')": "substring('abc', 'b.')",
    "substring('abc' from 'a#\"b#\"c' for '#')": "substring('abc', 'a#\"b#\"c', '#')",
    "substring('abc' similar 'a#\"b#\"c' escape '#')": "substring('abc', 'a#\"b#\"c', '#')",
    "trim(' a ')": "btrim(' a ')",
    "trim('xax', 'x')": "btrim('xax', 'x')",
    "trim('x' from 'xax')": "btrim('xax', 'x')",
    "trim(both 'x' from 'xax')": "btrim('xax', 'x')",
    "trim(leading from ' a')": "ltrim(' a')",
    "trim(trailing 'x' from 'xax')": "rtrim('xax', 'x')",
    "trim(from ' a')": "btrim(' a')",
    "normalize('e', nfd)": "\"normalize\"('e', 'NFD')",
    "'e' is normalized": "is_normalized('e', 'NFC')",
    "'e' is nfkd normalized": "is_normalized('e', 'NFKD')",
    "'e' is not nfd normalized": "not is_normalized('e', 'NFD')",
    "'abc' similar to 'a%'": "'abc' ~ similar_to_escape('a%')",
    "'abc' not similar to 'a%' escape '#'": "'abc' !~ similar_to_escape('a%', '#')",
}


@pytest.mark.parametrize("literal", LITERALS)
def test_literals_are_read_as_postgresql_reads_them(postgres, literal):
    try:
        theirs = postgres.execute(f"SELECT {literal}".encode()).fetchone()[0]
    except psycopg.Error as error:
        theirs = error.sqlstate
    try:
        ours = [lexeme.value for lexeme in scan(literal)]
    except Error as error:
        ours = error.sqlstate
    assert ours == ([theirs] if not isinstance(ours, str) else theirs)


@pytest.mark.parametrize(("written", "call"), CALLS.items())
def test_words_between_arguments_make_plain_calls(postgres, written, call):
    assert _without_places(parse_expression(written)) == _without_places(parse_expression(call))
    expected = "name" if written.startswith("trim") else written.partition("(")[0]
    answer = postgres.execute(f"SELECT {written}")
    assert answer.fetchone() == postgres.execute(f"SELECT {call}").fetchone()
    ours = parse_expression(written)
    if isinstance(ours, ast.Call) and expected != "name":
        assert answer.description[0].name == ours.name[-1]


def _without_places(node: object) -> str:
    """Return a tree as text, without where in the statement its parts stood."""
    if isinstance(node, tuple):
        return "(" + ", ".join(map(_without_places, node)) + ")"
    if not hasattr(node, "__dataclass_fields__"):
        return repr(node)
    fields = [name for name in node.__dataclass_fields__ if name not in PLACES]
    return f"{type(node).__name__}({', '.join(_without_places(getattr(node, name)) for name in fields)})"
