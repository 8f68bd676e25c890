"""Completion, tables and the bar, without a terminal."""

from __future__ import annotations

import io

import numpy as np
import pytest

from vql import schema
from vql.errors import SyntaxError
from vql.language import words as script
from vql.session.session import ResultColumn
from vql.shell.completion import candidates
from vql.shell.progress import ProgressBar, bar
from vql.shell.table import aligned, cell_text, width
from vql.shell.terminal import caret_lines, duration, error_text
from vql.types.type import BIGINT, TEXT, VECTOR

INDEX = schema.Index(3, "near", 1, ("vec",), "hnsw", "l2")
TABLES = {
    "shoes": schema.Table(
        1,
        "shoes",
        (schema.Column("id", BIGINT), schema.Column("brand", TEXT), schema.Column("vec", VECTOR.sized(3))),
        indexes=(INDEX,),
    ),
    "shirts": schema.Table(2, "shirts", (schema.Column("size", TEXT),)),
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT * FROM sh", ["shirts", "shoes"]),
        ("select * from shoes where bra", ["brand"]),
        ("SELECT * FROM shoes ORDER BY ve", ["vec"]),
        ("SEL", ["SELECT"]),
        ("sel", ["select"]),
        ("SELECT id FROM shoes ORDER BY l2", ["l2(", "l2_distance(", "l2_norm(", "l2_normalize("]),
        ("SELECT size FROM shoes; SELECT b", ["brand"]),
        ("SET vql.re", ["vql.recall"]),
        ("SHOW hnsw.ef", ["hnsw.ef_search"]),
        ("SET enable_seqscan = o", ["on", "off"]),
        ("CREATE INDEX ON sho", ["shoes"]),
        ("CREATE INDEX ON shoes USING ", ["auto", "hnsw", "ivfflat"]),
        ("INSERT INTO sho", ["shoes"]),
        (
            "CREATE TABLE t (v vec",
            ["vector", "vector[]", "vector_cosine_ops", "vector_ip_ops", "vector_l1_ops", "vector_l2_ops"],
        ),
        ("SELECT '2'::timestampt", ["timestamptz"]),
        ("SELECT * FROM shoes WHERE brand = 'sel", []),
        ("\\t", ["\\timing"]),
        ("\\d sho", ["shoes"]),
        ("\\di n", ["near"]),
        ("\\timing o", ["off", "on"]),
    ],
)
def test_completion_offers_what_may_stand_there(text, expected):
    _, found = candidates(text, TABLES)
    assert found[: len(expected)] == expected
    if not expected:
        assert found == []


def test_completion_follows_the_grammar():
    for word in ("select", "as", "of", "explain", "limit", "using", "vacuum", "snapshot"):
        assert word in script.keywords()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SELECT 'open",
        "a -- b\nc",
        "/* x",
        "x $$ y",
        'é § \\ "q',
        "SELECT [1,2] <-> $1::vector -- end",
        "a/*b*/c",
    ],
)
def test_pieces_joined_are_the_text(text):
    assert "".join(piece for _, piece in script.pieces(text)) == text


def test_pieces_know_their_kind():
    kinds = [
        (k, t) for k, t in script.pieces("SELECT id -- why\nFROM t WHERE a = 'b' AND c < 1.5") if k != "space"
    ]
    assert kinds[:4] == [("keyword", "SELECT"), ("name", "id"), ("comment", "-- why"), ("keyword", "FROM")]
    assert ("string", "'b'") in kinds and ("number", "1.5") in kinds


def test_wide_characters_take_two_columns():
    assert width("日本") == 4
    columns = (ResultColumn("n", TEXT), ResultColumn("i", BIGINT))
    assert aligned(columns, [("日本", 1), ("ab", 22)], False).split("\n")[2:4] == [" 日本 |  1", " ab   | 22"]


def test_vectors_are_shortened_only_where_asked():
    value = np.arange(6, dtype="f4")
    assert cell_text(VECTOR.sized(6), value, True) == "[0,1,2,3,... 6 numbers]"
    assert cell_text(VECTOR.sized(6), value, False) == "[0,1,2,3,4,5]"
    assert cell_text(VECTOR.sized(3), value[:3], True) == "[0,1,2]"


def test_control_characters_cannot_reach_the_terminal():
    assert cell_text(TEXT, "a\x1b[31mb\rc", False) == "a\\x1B[31mb\\rc"


def test_errors_are_cut_around_their_place():
    text = "SELECT " + "x" * 200 + " !"
    line, caret = caret_lines(text, len(text))
    assert line.startswith("LINE 1: ...") and len(line) < 100
    assert line[len(caret) - 1] == "!"
    error = SyntaxError("bad", position=3, hint="better")
    assert error_text(error, "ab\ncd") == "ERROR:  bad\nLINE 1: ab\n          ^\nHINT:  better\n"


def test_durations_read_as_psql_prints_them():
    assert duration(12.3456) == "12.346 ms"
    assert duration(83_250) == "83250.000 ms (01:23.250)"


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_bar_is_drawn_only_for_somebody(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    file, screen = io.StringIO(), Screen()
    for stream in (file, screen):
        shown = ProgressBar(stream)
        for i in range(10):
            now[0] += 0.2
            shown("building", i / 10)
        shown.clear()
    assert file.getvalue() == ""
    assert "building [" in screen.getvalue() and screen.getvalue().endswith("\r\x1b[K")


def test_the_bar_fits_narrow_terminals():
    assert bar("building", 0.5, 61, 80) == "building [####################....................]  50%  1:01"
    assert len(bar("a long phase name", 0.5, 61, 20)) < 20
