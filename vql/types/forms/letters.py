"""Small and capital letters where the collation is C.UTF-8: one character becomes one."""


def lower(char: str) -> str:
    """Return the small letter of a character, itself where there is none."""
    return char.lower()[0]


def upper(char: str) -> str:
    """Return the capital of a character, itself where there is none that is one character."""
    made = char.upper()
    if len(made) == 1:
        return made
    made = char.title()
    return made if len(made) == 1 else char


def in_lower(text: str) -> str:
    """Return a text in small letters."""
    return text.lower() if text.isascii() else "".join(map(lower, text))


def in_upper(text: str) -> str:
    """Return a text in capitals."""
    return text.upper() if text.isascii() else "".join(map(upper, text))
