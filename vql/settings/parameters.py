"""Storage parameters: what WITH tells tables and indexes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from vql.dataclass import dataclass
from vql.errors import InvalidParameterValue

LIST = re.compile(r"\{(\s*\d+(?:\.\d+)?\s*(?:,\s*\d+(?:\.\d+)?\s*)*)\}")


@dataclass(frozen=True, slots=True)
class Option:
    """What an option of WITH may be: a number from `low` to `high`, `low` not where `is_open`; or a word; or
    where it `is_list` such a number for each column. One that `is_fixed` says what an index holds."""

    low: float
    high: float
    is_open: bool = False
    words: tuple[str, ...] = ()
    is_list: bool = False
    is_fixed: bool = False

    def check(self, name: str, value: float | str, columns: int = 1) -> None:
        """Raise 22023 where a value is out of bounds, of an index of so many columns."""
        if self.is_list:
            numbers = listed_numbers(value)
            for each in numbers:
                Option(self.low, self.high, self.is_open).check(name, each)
            if len(numbers) != columns:
                raise InvalidParameterValue(f'option "{name}" takes a number for each column')
            return
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


def listed_numbers(value: float | str) -> list[float]:
    """Return the numbers of a list, `{3,1}`. Raises 22023."""
    found = LIST.fullmatch(str(value))
    if found is None:
        raise InvalidParameterValue(f"invalid list of numbers: {value}", hint="Write '{3,1}'.")
    return [float(each) for each in found[1].split(",")]


def check_options(
    given: Iterable[tuple[str, float | str]], known: Mapping[str, Option], columns: int = 1
) -> None:
    """Raise 22023 where options of WITH, of so many columns, are not known or out of bounds."""
    for name, value in given:
        if name not in known:
            raise InvalidParameterValue(f'unrecognized parameter "{name}"')
        known[name].check(name, value, columns)
