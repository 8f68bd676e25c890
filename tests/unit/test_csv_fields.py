"""CSV as PostgreSQL reads it, however the bytes are cut."""

from __future__ import annotations

import csv
import io
import random

import pytest

from vql.errors import DataError
from vql.session.statements.changes.copy_formats import (
    LineReader,
    csv_rows,
    format_of,
    plainly_quoted_rows,
    quoted_rows,
)

PIECES = ["a", "b c", ",", '"', "\n", "\r\n", "é", "'", "\\", "[1,2]", " "]
FORM = format_of({"format": "csv"}, is_from=True)


def rows_in_pieces(text: str, size: int) -> list[tuple[str | bytes | None, ...]]:
    """Read a text that comes in pieces of a size."""
    reader, data = LineReader(FORM, ["a", "b", "c"], csv_rows), text.encode()
    rows: list[tuple[str | bytes | None, ...]] = []
    for start in range(0, len(data), size):
        reader.feed(data[start : start + size])
        rows += zip(*reader.take(start + size >= len(data)), strict=True)
    return rows


@pytest.mark.parametrize("size", [3, 17, 1_000_000])
def test_what_is_written_is_read_again(size: int) -> None:
    generator = random.Random(size)
    rows = [
        tuple("".join(generator.choices(PIECES, k=generator.randrange(6))) for _ in "abc") for _ in range(200)
    ]
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows(rows)
    assert rows_in_pieces(written.getvalue(), size) == rows


def test_quotes_may_stand_anywhere_and_an_empty_string_is_not_null() -> None:
    text = 'a"b,""c"d,"",\n"""""""",x"y"z,1\n'
    assert csv_rows(text, FORM, True)[0] == [['ab,"cd', "", None], ['"""', "xyz", "1"]]


def test_plain_quotes_are_read_as_any_others():
    """Texts that the quick way takes and texts that it must leave: both give what the slow one gives."""
    generator, quickly = random.Random(5), 0
    field = [
        "",
        "a",
        '"b"',
        '"[1,2]"',
        '"x\ny"',
        '""',
        '"a,"',
        '",a"',
        'x"y"z',
        '"a""b"',
        '",a,"',
        "\\.",
        "\r",
    ]
    for _ in range(4_000):
        few = generator.sample(field, 3)
        lines = [",".join(generator.choices(few, k=3)) for _ in range(generator.randrange(1, 4))]
        text = "\n".join(lines) + generator.choice(["", "\n", "\n\n"])
        for final in (False, True) if text.endswith("\n") else (True,):
            found = plainly_quoted_rows(text, FORM, final)
            if found is None:
                continue
            quickly += '"' in text
            assert found == quoted_rows(text, FORM, final), text
    assert quickly > 500


@pytest.mark.parametrize("text", ['1,"a\n', '"', 'a,b\n"c'])
def test_an_open_quote_is_an_error_at_the_end_alone(text: str) -> None:
    csv_rows(text, FORM, False)
    with pytest.raises(DataError) as caught:
        csv_rows(text, FORM, True)
    assert caught.value.sqlstate == "22P04"
