"""Text to lexemes, where spaces are left out and words are not what they seem."""

from __future__ import annotations

import pytest

from vql.errors import SyntaxError
from vql.language.lexer import scan


def values(text: str, placeholders: bool = True) -> list[str]:
    return [lexeme.value for lexeme in scan(text, placeholders)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=?", ["a", "=", "?"]),
        ("a<=?--b", ["a", "<=", "?"]),
        ("a<->?", ["a", "<->", "?"]),
        ("a=?and b<>-?", ["a", "=", "?", "and", "b", "<>", "-", "?"]),
        ("a<-1", ["a", "<", "-", "1"]),
        ("a/*x*/b", ["a", "b"]),
        ("a--b\nc", ["a", "c"]),
        ("'it''s'", ["it's"]),
        ('"A""b"', ['A"b']),
        ("$$a'b$$", ["a'b"]),
        ("Größe", ["größe"]),
        ("1.5e3::int", ["1.5e3", "::", "int"]),
    ],
)
def test_lexemes(text, expected):
    assert values(text) == expected


def test_question_marks_are_operators_on_the_wire():
    assert values("a ? 'b'", placeholders=False) == ["a", "?", "b"]
    assert values("a ?| b", placeholders=False) == ["a", "?|", "b"]


@pytest.mark.parametrize(
    ("text", "position"), [("a 'b", 3), ('a "b', 3), ("a /* b", 3), ("$$a", 1), ("a \\ b", 3)]
)
def test_what_is_left_open_names_its_place(text, position):
    with pytest.raises(SyntaxError) as caught:
        scan(text)
    assert caught.value.position == position
