"""The picture of the imports in docs/architecture.md is that of today's files."""

from __future__ import annotations

from picture import PICTURE, draw, room_graph
from sources import reached


def test_no_rooms_import_each_other_in_a_circle():
    graph = room_graph()
    assert [room for room in graph if room in reached(graph, room)] == []


def test_the_committed_picture_is_what_is_drawn():
    assert PICTURE.read_text() == draw(), "make picture draws it anew"
