"""Where statements and commands end in a script, and what variables become."""

from __future__ import annotations

import pytest

from vql.errors import ProgrammingError
from vql.shell.scanner import Complete, Invocation, Scanner, has_words, quoted_text


def events(*lines: str, variables: dict[str, str] | None = None) -> list[str | Invocation]:
    """Return what the lines complete, statements as texts, and at the end what is left."""
    scanner = Scanner((variables or {}).get)
    found: list[str | Invocation] = []
    for line in lines:
        for event in scanner.read(line):
            found.append(event.sql if isinstance(event, Complete) else event)
    return [*found, left] if (left := scanner.buffer.strip()) else found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT 1; SELECT 2;", ["SELECT 1", "SELECT 2"]),
        ("SELECT ';' ; ", ["SELECT ';'"]),
        ("SELECT 'it''s;';", ["SELECT 'it''s;'"]),
        (r"SELECT E'a\';' || 'b';", [r"SELECT E'a\';' || 'b'"]),
        ('SELECT "a;" ;', ['SELECT "a;"']),
        ("SELECT 1 -- one; two\n;", ["SELECT 1 -- one; two"]),
        ("SELECT /* a /* ; */ ; */ 1;", ["SELECT /* a /* ; */ ; */ 1"]),
        ("DO $x$ a; $$ b; $x$;", ["DO $x$ a; $$ b; $x$"]),
        ("SELECT a$b$, 1; SELECT $1;", ["SELECT a$b$, 1", "SELECT $1"]),
        (";; -- nothing\n;", []),
        (r"SELECT 1 \; SELECT 2;", ["SELECT 1 ; SELECT 2"]),
        (r"SELECT 1 \g", [Invocation("g"), "SELECT 1"]),
        (r"SELECT 1 \gx out.txt", [Invocation("gx", ("out.txt",)), "SELECT 1"]),
        (
            r"\x on \echo a 'b c' \\ SELECT 1;",
            [Invocation("x", ("on",)), Invocation("echo", ("a", "b c")), "SELECT 1"],
        ),
        (r"\d shoes;", [Invocation("d", ("shoes",))]),
        (r"\q;", [Invocation("q")]),
        (r"\echo a;", [Invocation("echo", ("a;",))]),
        (r"\d " + '"My Table"."a""b"', [Invocation("d", ('"My Table"."a""b"',))]),
        (
            r"\copy t FROM 'a\b' WITH (FORMAT csv);",
            [Invocation("copy", (r"t FROM 'a\b' WITH (FORMAT csv)",))],
        ),
        (r"\! echo '\x'", [Invocation("!", (r"echo '\x'",))]),
        (r"\o |cat \x", [Invocation("o", (r"|cat \x",))]),
        (r"\echo `printf 'a b'`", [Invocation("echo", ("a b",))]),
        (r"\echo 'a\tb'", [Invocation("echo", ("a\tb",))]),
    ],
)
def test_a_line_completes(text, expected):
    assert events(*text.splitlines(keepends=True)) == expected


def test_what_is_open_goes_over_lines():
    assert events("SELECT 'a;\n", "b', \"c\n", 'd", $$e;\n', "f$$ /* g;\n", "*/ ;\n") == [
        "SELECT 'a;\nb', \"c\nd\", $$e;\nf$$ /* g;\n*/"
    ]


VALUES = {"n": "5", "word": "it's", "name": 'a"b', "query": "SELECT 1;", "loop": ":loop", "path": "a\\b"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT :n;", ["SELECT 5"]),
        ("SELECT :'word', :\"name\";", ["SELECT 'it''s', \"a\"\"b\""]),
        ("SELECT :'path';", [r"SELECT  E'a\\b'"]),
        ("SELECT :unknown, '1'::int, ':n', a[1:n];", ["SELECT :unknown, '1'::int, ':n', a[15]"]),
        ("SELECT 1::n;", ["SELECT 1::n"]),
        ("SELECT :{?n}, :{?unknown};", ["SELECT TRUE, FALSE"]),
        (":query :query", ["SELECT 1", "SELECT 1"]),
        (":loop;", [":loop"]),
        (r"\echo :n :'word' ':n'", [Invocation("echo", ("5", "'it''s'", ":n"))]),
    ],
)
def test_variables_stand_for_their_values(text, expected):
    assert events(text, variables=VALUES) == expected


def test_an_open_quote_of_an_argument_is_refused():
    with pytest.raises(ProgrammingError, match="unterminated quoted string"):
        events("\\echo 'a\n")


def test_texts_are_quoted_and_empty_ones_known():
    assert (quoted_text("a'b"), quoted_text('a"b', '"')) == ("'a''b'", '"a""b"')
    assert not has_words(" -- a\n/* b /* c */ */ ")
    assert has_words("-- a\nb") and has_words("/* open")
