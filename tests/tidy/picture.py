"""Draws who imports whom: `python -m tests.tidy.picture` writes docs/imports.svg, `make picture` calls it.

A box is a room: a folder, or the files of one level that lie beside the rooms of a folder. It stands one
level above the highest box that it imports, so every arrow points down. Imports for the type checker alone
count. An arrow is left out where others lead to the same box (a transitive reduction).
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from html import escape
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from sources import ROOT, imports, reached, sources  # noqa: E402 - found beside this file, as pytest finds it

PICTURE = ROOT / "docs" / "imports.svg"
# Of a folder's boxes: inside, and their outlines and arrows.
COLOURS = {
    "language": ("#e0edff", "#3b74c4"), "grammar": ("#e0edff", "#3b74c4"), "storage": ("#dcf5e3", "#2f8f4e"),
    "executor": ("#fdf3cf", "#b58a12"), "session": ("#fde2e2", "#c24b4b"), "server": ("#ebe4fd", "#7a57c7"),
    "shell": ("#fce4f1", "#bf4c8f"),
}  # fmt: skip
PLAIN = ("#f1f4f8", "#66758a")
# Columns from the left to the right; folders that none names stand in the middle.
COLUMNS = (("language", "grammar"), (), ("storage",))
LETTER, LINE, PAD, GAP, BETWEEN_LEVELS, MARGIN, CLEAR, ARROW = 7.4, 16, 9, 40, 48, 20, 18, 5
NAMES_A_LINE = 3
Point = tuple[float, float]
HEAD = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" font-size="12"
 font-family="ui-sans-serif, Helvetica, Arial, sans-serif" text-anchor="middle" fill="#1f2733">
<defs><marker id="arrow" viewBox="0 0 8 8" refX="3" refY="4" markerWidth="7" markerHeight="7" orient="auto">
<path d="M0,0 L8,4 L0,8 z" fill="context-stroke"/></marker></defs>
<style>path[stroke] {{ fill: none; stroke-width: 1.2; stroke-opacity: .75; marker-end: url(#arrow) }}</style>
<rect width="100%" height="100%" fill="#ffffff"/>"""


@dataclass(eq=False)
class Box:
    """A room and where it stands."""

    folder: str
    title: str
    level: int
    files: list[str] = field(default_factory=list)
    below: set[Box] = field(default_factory=set)
    x: float = 0  # of its middle
    y: float = 0  # of its top

    @property
    def lines(self) -> list[str]:
        return [", ".join(self.files[i : i + NAMES_A_LINE]) for i in range(0, len(self.files), NAMES_A_LINE)]

    @property
    def width(self) -> float:
        return max(map(len, [self.title, *self.lines])) * LETTER + 2 * PAD

    @property
    def height(self) -> float:
        return (1 + len(self.lines)) * LINE + 2 * PAD

    @property
    def column(self) -> int:
        return next((i for i, folders in enumerate(COLUMNS) if self.folder in folders), 1)


# ------------------------------------------------------------------ rooms


def room_graph() -> dict[str, set[str]]:
    """Return what each room imports: a folder, or a file of a folder that has rooms."""
    known = sources()
    packages = {module for module, path in known.items() if path.name == "__init__.py"}
    divided = {package.rpartition(".")[0] for package in packages if package.count(".") == 2}

    def room_of(module: str) -> str:
        folder, room = (".".join(module.split(".")[:cut]) for cut in (2, 3))
        if room in packages:
            return room
        return folder if folder in packages - divided else module

    graph: dict[str, set[str]] = {}
    for module, path in known.items():
        if module not in divided:
            names = {room_of(name) for name, _, _ in imports(path) if name in known}
            graph.setdefault(room_of(module), set()).update(names - {room_of(module)})
    return graph


def boxes() -> list[Box]:
    """Return every room as a box, from the highest level to the lowest."""
    graph = room_graph()

    below = {room: reached(graph, room) for room in graph}

    @cache
    def level(room: str) -> int:
        # Rooms that import each other stand side by side.
        return 1 + max((level(name) for name in graph[room] if room not in below[name]), default=-1)

    made: dict[tuple[str, int], Box] = {}
    box_of: dict[str, Box] = {}
    for room in sorted(graph):
        parts = room.split(".")[1:]
        if room != "vql" and sources()[room].name == "__init__.py":
            box_of[room] = made[room, 0] = Box(parts[0], "/".join(parts), level(room))
        else:
            folder = parts[0] if len(parts) > 1 else ""
            box = made.setdefault((folder, level(room)), Box(folder, folder or "vql", level(room)))
            box.files.append(sources()[room].stem)
            box_of[room] = box
    for room, names in graph.items():
        box_of[room].below |= {box_of[name] for name in names if level(name) < level(room)}
    reduce(made.values())
    return sorted(made.values(), key=lambda box: -box.level)


def reduce(found: Iterable[Box]) -> None:
    """Leave out arrows to boxes that other arrows lead to."""

    @cache
    def under(box: Box) -> frozenset[Box]:
        return frozenset(box.below).union(*(under(other) for other in box.below))

    kept = {box: {b for b in box.below if not any(b in under(other) for other in box.below)} for box in found}
    for box, below in kept.items():
        box.below = below


# ------------------------------------------------------------------ places


def place(found: Sequence[Box]) -> tuple[float, float]:
    """Give every box its place: columns of folders, a row for each level. Return width and height."""
    rows: dict[int, list[Box]] = defaultdict(list)
    for box in found:
        rows[box.level].append(box)
    cells = {(level, i): [b for b in row if b.column == i] for level, row in rows.items() for i in range(3)}
    widths = [max(row_width(cells[level, i]) for level in rows) for i in range(3)]
    y = MARGIN
    for level in sorted(rows, reverse=True):
        for i in range(3):
            x = MARGIN + sum(widths[:i]) + 2 * GAP * i + (widths[i] - row_width(cells[level, i])) / 2
            for box in cells[level, i]:
                box.x, box.y = x + box.width / 2, y
                x += box.width + GAP
        y += max(box.height for box in rows[level]) + BETWEEN_LEVELS
    return sum(widths) + 4 * GAP + 2 * MARGIN, y - BETWEEN_LEVELS + MARGIN


def row_width(row: Sequence[Box]) -> float:
    return sum(box.width for box in row) + GAP * max(0, len(row) - 1)


def route(start: Point, end: Point, between: Sequence[Sequence[Box]]) -> str:
    """Return an arrow's path, a curve past the boxes of the levels between; it leaves and arrives upright."""
    points = [start]
    for row in between:
        x, y = points[-1]
        middle = row[0].y + max(box.height for box in row) / 2
        straight = x + (end[0] - x) * (middle - y) / (end[1] - y)
        sides = [(box.x - box.width / 2 - CLEAR, box.x + box.width / 2 + CLEAR) for box in row]
        beside = [straight, *(side for pair in sides for side in pair)]
        free = [at for at in beside if not any(left < at < right for left, right in sides)]
        points.append((min(free, key=lambda at: abs(at - straight)), middle))
    points.append(end)
    inner = [(x1 - x0) / (y1 - y0) for (x0, y0), (x1, y1) in zip(points, points[2:], strict=False)]
    slopes = [0, *inner, 0]
    path = f"M{start[0]:.0f},{start[1]:.0f}"
    for i, ((x0, y0), (x1, y1)) in enumerate(pairwise(points)):
        third = (y1 - y0) / 3
        path += f" C{x0 + slopes[i] * third:.0f},{y0 + third:.0f}"
        path += f" {x1 - slopes[i + 1] * third:.0f},{y1 - third:.0f} {x1:.0f},{y1:.0f}"
    return path


def ports(box: Box, others: Collection[Box]) -> dict[Box, float]:
    """Return where arrows to or from others touch a box: side by side, in the order in which those stand."""
    step = min(14.0, (box.width - 2 * PAD) / max(1, len(others)))
    ordered = sorted(others, key=lambda other: (other.x, other.level, other.title))
    return {other: box.x + step * (i - (len(ordered) - 1) / 2) for i, other in enumerate(ordered)}


# ------------------------------------------------------------------ drawing


def draw() -> str:
    """Return the picture as SVG."""
    found = boxes()
    width, height = place(found)
    rows = {level: [b for b in found if b.level == level] for level in {box.level for box in found}}
    leaving = {box: ports(box, box.below) for box in found}
    arriving = {box: ports(box, [other for other in found if box in other.below]) for box in found}
    parts = [HEAD.format(width=width, height=height)]
    for box in found:
        for other in sorted(box.below, key=lambda b: (b.level, b.title)):
            between = [rows[level] for level in range(box.level - 1, other.level, -1)]
            start, end = (leaving[box][other], box.y + box.height), (arriving[other][box], other.y - ARROW)
            parts.append(f'<path d="{route(start, end, between)}" stroke="{ink(box)}"/>')
    for box in found:
        left = box.x - box.width / 2
        parts.append(
            f'<rect x="{left:.0f}" y="{box.y:.0f}" width="{box.width:.0f}" height="{box.height:.0f}" rx="5"'
            f' fill="{COLOURS.get(box.folder, PLAIN)[0]}" stroke="{ink(box)}"/>'
        )
        for number, line in enumerate([box.title, *box.lines]):
            style = "" if number else ' font-weight="600"'
            y = box.y + PAD + LINE * (number + 0.75)
            parts.append(f'<text x="{box.x:.0f}" y="{y:.0f}"{style}>{escape(line)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def ink(box: Box) -> str:
    """Return the colour of a box's outline and arrows."""
    return COLOURS.get(box.folder, PLAIN)[1]


if __name__ == "__main__":
    PICTURE.write_text(draw())
