"""How tsvector and tsquery write words, and what bounds them."""

from __future__ import annotations

from vql.errors import DataError, LimitExceeded

SPACE = " \t\n\v\f\r"
# Bytes of a word, positions of a text and of one word in it.
WORD_BYTES_MAX, POSITION_MAX, POSITIONS_MAX = 2_046, 16_383, 255
# A position is its number and above it its weight, D the least.
WEIGHTS, WEIGHT_SHIFT = "DCBA", 14
OPERATORS = "!&|()"


class WordReader:
    """A place in a text that is made of words. `kind` is what errors call it.

    A word ends at a space, a colon, or in a query at an operator; a backslash takes the next character as it
    is, quotes take all but themselves.
    """

    def __init__(self, text: str, kind: str, ends: str = "") -> None:
        self.text = text
        self.place = 0
        self._kind = kind
        self._ends = ends

    @property
    def here(self) -> str:
        """The character at the place, "" at the end."""
        return self.text[self.place : self.place + 1]

    def skip_space(self) -> None:
        """Go to the next character that is no space."""
        while self.here and self.here.isspace():
            self.place += 1

    def word(self) -> str:
        """Return the word that begins at the place. Raises 42601."""
        quoted = self.here == "'"
        made = self._in_quotes() if quoted else self._plain()
        if not made:
            raise self.wrong()
        return checked_word(made)

    def _plain(self) -> str:
        made: list[str] = []
        while self.here and not self.here.isspace():
            char = self.here
            if made and char == ":" or char in self._ends:
                break
            made.append(self._escaped() if char == "\\" else char)
            self.place += 1
        return "".join(made)

    def _in_quotes(self) -> str:
        made: list[str] = []
        self.place += 1
        while True:
            char = self.here
            if not char:
                raise self.wrong()
            if char == "'":
                self.place += 1
                if self.here != "'":
                    return "".join(made)
            made.append(self._escaped() if char == "\\" else char)
            self.place += 1

    def _escaped(self) -> str:
        self.place += 1
        if not self.here:
            raise DataError(f'there is no escaped character: "{self.text}"', sqlstate="42601")
        return self.here

    def wrong(self) -> DataError:
        """Return the error of a text that is none of the kind."""
        return DataError(f'syntax error in {self._kind}: "{self.text}"', sqlstate="42601")


def checked_word(word: str) -> str:
    """Return a word that is not too long. Raises 54000."""
    size = len(word.encode())
    if size > WORD_BYTES_MAX:
        raise LimitExceeded(f"word is too long ({size} bytes, max {WORD_BYTES_MAX} bytes)", sqlstate="54000")
    return word


def quoted_word(word: str) -> str:
    """Write a word in quotes."""
    if "'" in word or "\\" in word:
        word = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{word}'"
