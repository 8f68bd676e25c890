"""Regular expressions: random ones match, and are refused, as PostgreSQL's do."""

from __future__ import annotations

import random
import unicodedata

import psycopg
import pytest

from vql.deadline import RUNNING, Deadline
from vql.errors import Error, NotSupportedError, QueryCanceled
from vql.functions.text.characters import CLASSES, lower, upper
from vql.functions.text.regex.regex import compiled
from vql.functions.text.regex.syntax import RegexOptions

SEED = 20_26
QUANTIFIERS = ["", "", "", "", "*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{0,1}", "{2,}", "{1,2}?",
               "{2}?", "{0}", "{1,}?", "{0,2}?"]  # fmt: skip
PLACES = ["^", "$", r"\m", r"\M", r"\y", r"\Y", r"\A", r"\Z"]
PIECES = (
    r"""a b c A é É ß _ - 1 2 9 ( ) (?: [ ] [^ { } {1 {2,3} {, * + ? | ^ $ . \ \d \D \w \W \s \S \a \e
\x41 \x \u0061 \u00e9 \U00000062 \101 \0 \07 \1 \12 \cA \B \b \m \q (?i) (?x) (?n) ***= ***: (?#x) # ,
[[:alpha:]] [:alpha:] [[:<:]] [[:>:]] [.a.] [=a=] [:digit:] a-c [a-z] \\ = ! < (?= (?! (?<= (?<! (?i (?q [\w-]
[]a] [^]a] [a-] {300} {1,0} [[.a.]-c] [[:upper:]] [[:lower:]] \Z \A \M \y \Y""".split()
    + [" ", "\n", "\t"]
)


class Generator:
    """Expressions that are right more often than not, nested two deep."""

    def __init__(self, source: random.Random) -> None:
        self.source = source

    def choice(self, depth: int = 2) -> str:
        return "|".join(self._branch(depth) for _ in range(self.source.choice([1, 1, 1, 2, 3])))

    def _branch(self, depth: int) -> str:
        return "".join(self._item(depth) for _ in range(self.source.choice([1, 1, 2, 2, 3, 4])))

    def _item(self, depth: int) -> str:
        number = self.source.random()
        if depth and number < 0.03:
            return self.source.choice(["(?=", "(?!", "(?<=", "(?<!"]) + self.choice(depth - 1) + ")"
        if number < 0.08:
            return self.source.choice(PLACES)
        return self._atom(depth) + self.source.choice(QUANTIFIERS)

    def _atom(self, depth: int) -> str:
        number = self.source.random()
        if depth and number < 0.4:
            return self.source.choice(["(", "(", "(", "(?:"]) + self.choice(depth - 1) + ")"
        if number < 0.43:
            return self.source.choice([r"\1", r"\2"])
        if number < 0.5:
            return self.source.choice(["[ab]", "[^a]", ".", r"\w", r"\d", "[[:alpha:]]", "[a-c]", r"\W"])
        return self.source.choice("aaabbbc \n1")


def ours(pattern: str, text: str, letters: str) -> object:
    options = RegexOptions()
    try:
        for letter in letters:
            options = options.with_letter(letter) or options
        found = [match.groups or (match.span,) for match in compiled(pattern, options).finditer(text)]
    except Error as error:
        return error.sqlstate
    return [[text[begin:end] if begin >= 0 else None for begin, end in groups] for groups in found] or None


def theirs(connection: psycopg.Connection, pattern: str, text: str, letters: str) -> object:
    try:
        return connection.execute(
            "SELECT array_agg(found) FROM (SELECT regexp_matches(%s, %s, %s) AS found) AS each",
            (text, pattern, "g" + letters),
        ).fetchone()[0]
    except psycopg.Error as error:
        return error.sqlstate


def test_expressions_match_as_postgresqls_do(postgres):
    source = random.Random(SEED)
    generator = Generator(source)
    different = []
    for _ in range(1_500):
        pattern, letters = generator.choice(), source.choice(["", "", "", "i", "n", "p", "w"])
        text = "".join(source.choice("aaabbbcA \n1") for _ in range(source.randrange(9)))
        mine, wanted = ours(pattern, text, letters), theirs(postgres, pattern, text, letters)
        if mine != wanted:
            different.append((pattern, text, letters, mine, wanted))
    assert not different


def test_what_is_no_expression_is_refused_as_postgresql_does(postgres):
    source = random.Random(SEED)
    different = []
    for _ in range(2_500):
        pattern = "".join(source.choice(PIECES) for _ in range(source.choice([1, 2, 2, 3, 3, 4, 5, 6])))
        letters = source.choice(["", "", "", "i", "n", "p", "w", "x", "q", "ix", "s", "t", "c"])
        text = "".join(
            source.choice("abcAéÉß_-129 \n\t()[]{}*+?|^$.\\\x01,#=") for _ in range(source.randrange(9))
        )
        mine, wanted = ours(pattern, text, letters), theirs(postgres, pattern, text, letters)
        if mine not in (wanted, "0A000"):
            different.append((pattern, text, letters, mine, wanted))
    assert not different


@pytest.mark.parametrize("name", [name for name in CLASSES if name != "word"])
def test_characters_are_of_the_classes_postgresql_puts_them_in(postgres, name):
    found = postgres.execute(
        "SELECT string_agg(chr(code), '') FROM generate_series(1, 65535) AS code"
        " WHERE code NOT BETWEEN 55296 AND 57343 AND chr(code) ~ %s",
        (f"[[:{name}:]]",),
    ).fetchone()[0]
    known = [chr(code) for code in range(1, 65536) if unicodedata.category(chr(code)) not in ("Cs", "Cn")]
    theirs = set(found)
    assert [char for char in known if CLASSES[name](char) != (char in theirs)] == []


@pytest.mark.parametrize(("name", "ours"), [("lower", lower), ("upper", upper)])
def test_characters_change_case_as_in_postgresql(postgres, name, ours):
    every = [chr(code) for code in range(1, 65536) if not 55296 <= code <= 57343]
    theirs = postgres.execute(f"SELECT {name}(%s)", ("".join(every),)).fetchone()[0]
    assert "".join(map(ours, every)) == theirs


@pytest.mark.parametrize("letters", ["b", "e"])
def test_other_kinds_of_expressions_are_refused(letters):
    with pytest.raises(NotSupportedError):
        RegexOptions().with_letter(letters)


def test_an_expression_that_takes_long_ends_at_the_deadline():
    deadline = Deadline()
    token = deadline.start(timeout_ms=1)
    try:
        with pytest.raises(QueryCanceled):
            compiled(r"(a*)*(b*)*(a*)*\1x|.*").search("ab" * 200_000)
            compiled(r"(.*)(.*)(.*)(.*)\1\2\3\4x$").search("ab" * 200 + "x")
    finally:
        RUNNING.reset(token)
