"""The shell's variables: what \\set gives a name to, and what some names mean to the shell."""

from __future__ import annotations

import re

from vql.errors import NotSupportedError, ProgrammingError
from vql.shell.screen.display import FALSE, TRUE

# Variables that the shell obeys, with the values they may have; () is on or off.
OBEYED: dict[str, tuple[str, ...]] = {
    "ECHO": ("all", "queries", "errors", "none"),
    "ECHO_HIDDEN": (),
    "ON_ERROR_STOP": (),
    "QUIET": (),
    "VERBOSITY": ("default", "verbose", "terse", "sqlstate"),
}
# Variables that psql obeys and the shell does not: to take them would be to promise what does not happen.
REFUSED = frozenset(
    """AUTOCOMMIT COMP_KEYWORD_CASE FETCH_COUNT HIDE_TABLEAM HIDE_TOAST_COMPRESSION HISTCONTROL HISTFILE
    HISTSIZE IGNOREEOF ON_ERROR_ROLLBACK PROMPT1 PROMPT2 PROMPT3 SHOW_ALL_RESULTS SHOW_CONTEXT SINGLELINE
    SINGLESTEP WATCH_INTERVAL""".split()
)
# Variables that scripts of psql set to what is so here anyway.
SO_ANYWAY = {"AUTOCOMMIT": "on", "ON_ERROR_ROLLBACK": "off", "SHOW_ALL_RESULTS": "on"}


class Variables:
    """Names and texts."""

    def __init__(self) -> None:
        self._values = {"ON_ERROR_STOP": "on", "VERBOSITY": "default", "ECHO": "none"}

    def get(self, name: str) -> str | None:
        """Return a value, None where there is none."""
        return self._values.get(name)

    def is_on(self, name: str) -> bool:
        """Whether a switch is on."""
        return self._values.get(name, "off").lower() in TRUE

    def set(self, name: str, value: str) -> None:
        """Give a name a value. Raises 42601 for what is no name or value, 0A000 for what is not obeyed."""
        if not re.fullmatch(r"\w+", name):
            raise ProgrammingError(f'invalid variable name: "{name}"', sqlstate="42601")
        if name in REFUSED and SO_ANYWAY.get(name) != value.lower():
            raise NotSupportedError(f"the variable {name} of psql is not supported")
        if name in OBEYED:
            value = value or "on"
            choices = OBEYED[name] or tuple(TRUE | FALSE)
            if value.lower() not in choices:
                said = ", ".join(OBEYED[name]) or "on or off"
                raise ProgrammingError(
                    f'unrecognized value "{value}" for "{name}": {said} is expected', sqlstate="42601"
                )
            value = value.lower()
        self._values[name] = value

    def unset(self, name: str) -> None:
        """Forget a name."""
        self._values.pop(name, None)
        if name in ("ON_ERROR_STOP", "QUIET", "ECHO_HIDDEN"):
            self._values[name] = "off"

    def items(self) -> list[tuple[str, str]]:
        """Return all names in their order with their values."""
        return sorted(self._values.items())

    def note(self, **values: object) -> None:
        """Take note of what has happened: ROW_COUNT, ERROR and their kin."""
        self._values |= {name: str(value) for name, value in values.items()}
