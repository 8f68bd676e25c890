"""How answers are shown: what \\pset sets."""

from __future__ import annotations

from collections.abc import Callable

from vql.errors import ProgrammingError

# Records where a table is wider than the terminal.
AUTO = "auto"
FORMATS = ("aligned", "csv", "unaligned")
TRUE = frozenset(("on", "true", "1", "yes"))
FALSE = frozenset(("off", "false", "0", "no"))


class Display:
    """What answers look like. `width` is that of the terminal, 0 where there is none."""

    def __init__(self) -> None:
        self.border = 1
        self.columns = 0
        self.expanded = "off"  # or on, or auto: where a table is wider than the terminal
        self.fieldsep = "|"
        self.footer = True
        self.format = "aligned"
        self.linestyle = "ascii"
        self.null = ""
        self.pager = "on"  # or off, or always
        self.shorten = False
        self.title = ""
        self.tuples_only = False


def switched(now: bool, word: str | None, name: str) -> bool:
    """Return the new state of a switch: as the word says, or the other one. Raises 42601."""
    if word is None:
        return not now
    if word.lower() not in TRUE | FALSE:
        raise ProgrammingError(f'\\{name} takes on or off, not "{word}"', sqlstate="42601")
    return word.lower() in TRUE


def among(choices: tuple[str, ...], word: str, name: str) -> str:
    """Return the one choice that a word begins. Raises 42601."""
    found = [choice for choice in choices if choice.startswith(word.lower())]
    if len(found) != 1 and word.lower() not in choices:
        raise ProgrammingError(f'\\pset {name}: "{word}" is none of {", ".join(choices)}', sqlstate="42601")
    return word.lower() if word.lower() in choices else found[0]


def counted(word: str, most: int, name: str) -> int:
    """Return a count from 0 to the most there may be. Raises 42601."""
    if not word.isdecimal() or int(word) > most:
        raise ProgrammingError(f"\\pset {name}: a number from 0 to {most} was expected", sqlstate="42601")
    return int(word)


def three_ways(now: str, word: str | None, third: str, name: str) -> str:
    """Return on, off or a third word: as it is given, else on becomes off and all else on."""
    if word is not None and word.lower() == third:
        return third
    return "on" if switched(now == "on", word, name) else "off"


def set_option(display: Display, name: str, word: str | None) -> str:
    """Set one option and return the sentence that says what it is now. Raises 42601."""
    match name:
        case "border":
            display.border = counted(word or "", 2, name) if word is not None else display.border
        case "columns":
            display.columns = counted(word, 100_000, name) if word is not None else display.columns
        case "expanded" | "x" | "vertical":
            display.expanded = three_ways(display.expanded, word, AUTO, "x")
        case "fieldsep":
            display.fieldsep = display.fieldsep if word is None else word
        case "footer":
            display.footer = switched(display.footer, word, "pset footer")
        case "format":
            display.format = among(FORMATS, word, name) if word is not None else display.format
        case "linestyle":
            display.linestyle = among(("ascii", "unicode"), word, name) if word else display.linestyle
        case "null":
            display.null = display.null if word is None else word
        case "pager":
            display.pager = three_ways(display.pager, word, "always", "pset pager")
        case "title" | "C":
            display.title = word or ""
        case "tuples_only" | "t":
            display.tuples_only = switched(display.tuples_only, word, "t")
        case _:
            raise ProgrammingError(
                f"\\pset: unknown option: {name}",
                sqlstate="42601",
                hint="\\pset lists the options there are.",
            )
    return SENTENCES[FULL_NAMES.get(name, name)](display)


FULL_NAMES = {"x": "expanded", "vertical": "expanded", "C": "title", "t": "tuples_only"}


def _word(on: bool) -> str:
    return "on" if on else "off"


def _expanded(display: Display) -> str:
    automatic = display.expanded == AUTO
    return f"Expanded display is {'used automatically' if automatic else display.expanded}."


def _pager(display: Display) -> str:
    said = {"on": "used for long output", "off": "not used", "always": "always used"}
    return f"Pager is {said[display.pager]}."


SENTENCES: dict[str, Callable[[Display], str]] = {
    "border": lambda d: f"Border style is {d.border}.",
    "columns": lambda d: f"Target width is {d.columns or 'that of the terminal'}.",
    "expanded": _expanded,
    "fieldsep": lambda d: f'Field separator is "{d.fieldsep}".',
    "footer": lambda d: f"Default footer is {_word(d.footer)}.",
    "format": lambda d: f"Output format is {d.format}.",
    "linestyle": lambda d: f"Line style is {d.linestyle}.",
    "null": lambda d: f'Null display is "{d.null}".',
    "pager": _pager,
    "title": lambda d: f'Title is "{d.title}".' if d.title else "Title is unset.",
    "tuples_only": lambda d: f"Tuples only is {_word(d.tuples_only)}.",
}


def option_list(display: Display) -> list[tuple[str, str]]:
    """Return every option and its value."""
    return [
        ("border", str(display.border)),
        ("columns", str(display.columns)),
        ("expanded", display.expanded),
        ("fieldsep", f"'{display.fieldsep}'"),
        ("footer", _word(display.footer)),
        ("format", display.format),
        ("linestyle", display.linestyle),
        ("null", f"'{display.null}'"),
        ("pager", display.pager),
        ("title", display.title),
        ("tuples_only", _word(display.tuples_only)),
    ]
