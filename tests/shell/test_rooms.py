"""Completion, tables and the bar, without a terminal."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from vql.errors import SyntaxError
from vql.language import words as script
from vql.link.link import Heading, Outcome
from vql.python.progress import ProgressBar, bar
from vql.shell.completion import candidates
from vql.shell.screen.display import Display
from vql.shell.screen.formats import draw
from vql.shell.screen.table import aligned, cell_text, width
from vql.shell.terminal import caret_lines, duration, error_text


class Names:
    relations = {"shoes": ("id", "brand", "vec"), "shirts": ("size",)}
    indexes = ("near",)
    sequences = ("numbers",)
    schemas = ("public", "warehouse")
    functions = ("price_of",)
    within = {"public": ("shirts", "shoes"), "warehouse": ("boxes",)}


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
        ("\\ti", ["\\timing"]),
        ("CREATE INDEX ON shoes USING hnsw (vec vector_c", ["vector_cosine_ops"]),
        ("SELECT pri", ["price_of("]),
        ("SELECT * FROM ware", ["warehouse."]),
        ("SELECT * FROM warehouse.", ["warehouse.boxes"]),
        ("DROP INDEX ", ["near"]),
        ("SET search_path = w", ["warehouse"]),
        ("\\pset bo", ["border"]),
        ("\\pset format c", ["csv"]),
        ("\\set VERBOSITY t", ["terse"]),
        ("\\h CREATE TA", ["CREATE TABLE", "CREATE TABLE AS"]),
        ("SELECT * FROM shoes \\g", ["\\gx", "\\gset", "\\gexec"]),
        ("SELECT 1 \\x a", ["auto"]),
        ("\\d sho", ["shoes"]),
        ("\\di n", ["near"]),
        ("\\timing o", ["off", "on"]),
    ],
)
def test_completion_offers_what_may_stand_there(text, expected):
    _, found = candidates(text, Names())
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
    answer = Outcome("", (Heading("n"), Heading("i", right=True)), [("日本", "1"), ("ab", "22")])
    assert aligned(answer, Display()).split("\n")[2:4] == [" 日本 |  1", " ab   | 22"]


def test_vectors_are_shortened_only_where_asked():
    display, vector = Display(), Heading("v", dense=True)
    assert cell_text(vector, "[0,1,2,3,4,5]", display) == "[0,1,2,3,4,5]"
    display.shorten = True
    assert cell_text(vector, "[0,1,2,3,4,5]", display) == "[0,1,2,3,... 6 numbers]"
    assert cell_text(vector, "[0,1,2]", display) == "[0,1,2]"


def test_control_characters_cannot_reach_the_terminal():
    assert cell_text(Heading("t"), "a\x1b[31mb\rc", Display()) == "a\\x1B[31mb\\rc"


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


def test_files_are_completed_where_a_file_comes(tmp_path: Path):
    (tmp_path / "shoes.csv").touch()
    (tmp_path / "shops").mkdir()
    expected = [f"{tmp_path}/shoes.csv", f"{tmp_path}/shops/"]
    for command in ("\\i", "\\o", "\\copy shoes FROM", "SELECT 1 \\g"):
        assert candidates(f"{command} {tmp_path}/sho", Names()) == (f"{tmp_path}/sho", expected)
    assert candidates(f"\\copy shoes FROM '{tmp_path}/shoe", Names())[1] == [f"'{tmp_path}/shoes.csv'"]


WIDE = Outcome("", (Heading("id", right=True), Heading("name")), [("1", "a"), ("22", None)])


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, " id | name \n----+------\n  1 | a\n 22 | \n(2 rows)\n\n"),
        ({"border": 0}, "id name \n-- ----\n 1 a\n22 \n(2 rows)\n\n"),
        (
            {"border": 2, "null": "-", "footer": False},
            "+----+------+\n| id | name |\n+----+------+\n|  1 | a    |\n| 22 | -    |\n+----+------+\n\n",
        ),
        ({"tuples_only": True, "null": "NULL"}, "  1 | a\n 22 | NULL\n\n"),
        ({"linestyle": "unicode", "footer": False}, " id │ name \n────┼──────\n  1 │ a\n 22 │ \n\n"),
        ({"format": "unaligned"}, "id|name\n1|a\n22|\n(2 rows)\n"),
        ({"format": "unaligned", "tuples_only": True, "fieldsep": ","}, "1,a\n22,\n"),
        ({"format": "csv", "null": "-"}, "id,name\n1,a\n22,-\n"),
        (
            {"expanded": "on"},
            "-[ RECORD 1 ]\nid   | 1\nname | a\n-[ RECORD 2 ]\nid   | 22\nname | \n\n",
        ),
        (
            {"expanded": "on", "tuples_only": True, "footer": False},
            "id   | 1\nname | a\n-----+---\nid   | 22\nname | \n\n",
        ),
        ({"expanded": "on", "format": "csv"}, "id,1\nname,a\nid,22\nname,\n"),
        (
            {"expanded": "on", "border": 0},
            "* Record 1\nid   1\nname a\n* Record 2\nid   22\nname \n\n",
        ),
    ],
)
def test_answers_look_as_they_are_set(options, expected):
    display = Display()
    for name, value in options.items():
        assert hasattr(display, name)
        setattr(display, name, value)
    assert draw(WIDE, display) == expected


def test_a_table_that_is_wider_than_the_screen_is_expanded_by_itself():
    display = Display()
    display.expanded = "auto"
    assert draw(WIDE, display, 80).startswith(" id |")
    assert draw(WIDE, display, 8).startswith("-[ RECORD 1 ]")
    assert draw(WIDE, display, 0).startswith(" id |")
