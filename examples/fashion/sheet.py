"""The demo's picture: what was asked, what is found now, what was found before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

# Lengths in pixels of the sheet, which is drawn at this many times its size and shrunk, for smooth
# lines.
SMOOTH = 2
MARGIN, GAP = 44, 14
PICTURE, PADDING = 112, 12
CARD_WIDTH, CARD_HEIGHT = PICTURE + 2 * PADDING, PICTURE + 2 * PADDING + 66
COLUMNS = 10
WIDTH = 2 * MARGIN + COLUMNS * CARD_WIDTH + (COLUMNS - 1) * GAP
QUERY_PICTURE = 168

PAPER, CARD, INK, SOFT, LINE = "#f3f1ec", "#ffffff", "#22252b", "#767a83", "#dcd8cf"
MARKS = {"new here": "#1a7f4b", "sold since": "#c0392b", "now Cima": "#b7791f"}


@dataclass(frozen=True, slots=True)
class Card:
    """One picture (784 pixels) with two lines below and, where it differs between the rows, why."""

    pixels: np.ndarray
    title: str
    line: str
    mark: str


class Sheet:
    """A canvas with our fonts and shapes."""

    def __init__(self, height: int) -> None:
        self.image = Image.new("RGB", (WIDTH * SMOOTH, height * SMOOTH), PAPER)
        self._draw = ImageDraw.Draw(self.image)

    def text(self, x: float, y: float, text: str, size: int, colour: str = INK, anchor: str = "la") -> None:
        """Write a line; bold does not exist in the font that comes with pillow, so sizes do the work."""
        font = ImageFont.load_default(size * SMOOTH)
        self._draw.text((x * SMOOTH, y * SMOOTH), text, colour, font, anchor=anchor)

    def box(
        self, x: float, y: float, w: float, h: float, fill: str, outline: str = "", line: int = 1
    ) -> None:
        """Draw a rounded rectangle."""
        place = [v * SMOOTH for v in (x, y, x + w, y + h)]
        self._draw.rounded_rectangle(place, 8 * SMOOTH, fill, outline or None, line * SMOOTH)

    def picture(self, x: float, y: float, pixels: np.ndarray, side: int) -> None:
        """Paste a 28 x 28 picture, dark on white as in a catalogue."""
        grey = Image.fromarray(255 - pixels.reshape(28, 28))
        big = grey.resize((side * SMOOTH, side * SMOOTH), Image.Resampling.BICUBIC)
        self.image.paste(big.convert("RGB"), (int(x * SMOOTH), int(y * SMOOTH)))

    def card(self, x: float, y: float, card: Card, rank: int) -> None:
        """Draw one found picture."""
        colour = MARKS.get(card.mark, "")
        self.box(x, y, CARD_WIDTH, CARD_HEIGHT, CARD, colour or LINE, 3 if colour else 1)
        self.picture(x + PADDING, y + PADDING, card.pixels, PICTURE)
        self.text(x + 9, y + 6, str(rank), 13, SOFT)
        base = y + PICTURE + 2 * PADDING
        self.text(x + CARD_WIDTH / 2, base, card.title, 14, anchor="ma")
        self.text(x + CARD_WIDTH / 2, base + 19, card.line, 14, SOFT, anchor="ma")
        if card.mark:
            self.text(x + CARD_WIDTH / 2, base + 39, card.mark, 15, colour, anchor="ma")


def draw(
    path: Path, *, query: Card, statement: Sequence[str], now: Sequence[Card], before: Sequence[Card]
) -> None:
    """Write the contact sheet."""
    top = 118
    first = top + QUERY_PICTURE + 2 * PADDING + 40
    row_height = CARD_HEIGHT + 84
    sheet = Sheet(first + 2 * row_height + 34)
    sheet.text(MARGIN, 34, "Similar shoes, now and as of before", 36)
    sheet.text(
        MARGIN,
        80,
        "Fashion-MNIST test images as vectors of 784 pixels; brands and prices are invented",
        17,
        SOFT,
    )
    side = QUERY_PICTURE + 2 * PADDING
    sheet.box(MARGIN, top, side, side, CARD, LINE)
    sheet.picture(MARGIN + PADDING, top + PADDING, query.pixels, QUERY_PICTURE)
    left = MARGIN + side + 34
    sheet.text(left, top + 4, "The picture asked for", 22)
    sheet.text(left, top + 36, f"{query.title}, {query.line}", 16, SOFT)
    for i, line in enumerate(statement):
        sheet.text(left, top + 76 + 25 * i, line, 19, INK)
    rows = (
        ("Now", "after three were sold and one changed its brand (the statement without AS OF)", now),
        ("As of before", "the same statement with AS OF the moment before the changes, same index", before),
    )
    for number, (title, explanation, cards) in enumerate(rows):
        y = first + number * row_height
        sheet.text(MARGIN, y, title, 26)
        sheet.text(MARGIN, y + 34, explanation, 16, SOFT)
        for i, card in enumerate(cards):
            sheet.card(MARGIN + i * (CARD_WIDTH + GAP), y + 64, card, i + 1)
    size = (sheet.image.width // SMOOTH, sheet.image.height // SMOOTH)
    sheet.image.resize(size, Image.Resampling.LANCZOS).save(path, optimize=True)
