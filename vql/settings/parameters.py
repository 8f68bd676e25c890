"""Storage parameters: what WITH tells tables and indexes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from vql.dataclass import dataclass
from vql.errors import InvalidParameterValue


@dataclass(frozen=True, slots=True)
class Option:
    """What an option of WITH may be: a number from `low` to `high`, `low` not where `is_open`; or a word."""

    low: float
    high: float
    is_open: bool = False
    words: tuple[str, ...] = ()

    def check(self, name: str, value: float | str) -> None:
        """Raise 22023 where a value is out of bounds."""
        is_within = isinstance(value, int | float) and self.low <= value <= self.high
        if value in self.words or is_within and (value != self.low or not self.is_open):
            return
        if self == SWITCH:
            raise InvalidParameterValue(f'invalid value for boolean option "{name}": {value}')
        is_shown = not self.is_open and not self.words
        detail = f'Valid values are between "{self.low}" and "{self.high}".' if is_shown else None
        raise InvalidParameterValue(f'value {value} out of bounds for option "{name}"', detail=detail)


# What is on or off, as PostgreSQL reads it.
SWITCH = Option(0, 1, words=("on", "off", "true", "false", "yes", "no"))
BTREE_OPTIONS = {"fillfactor": Option(10, 100), "deduplicate_items": SWITCH}


def check_options(given: Iterable[tuple[str, float | str]], known: Mapping[str, Option]) -> None:
    """Raise 22023 where options of WITH are not known or out of bounds."""
    for name, value in given:
        if name not in known:
            raise InvalidParameterValue(f'unrecognized parameter "{name}"')
        known[name].check(name, value)
