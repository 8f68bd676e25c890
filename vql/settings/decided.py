"""What was decided for a session's settings before it sets any: by whom, and where that stands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple


class Decision(NamedTuple):
    """A value in its normal form, and PostgreSQL's word for who has said it (pg_settings.source): command
    line, environment variable, configuration file, database, user, database user, client. `file` and `line`
    are those of a configuration file."""

    value: str
    source: str
    file: str = ""
    line: int = 0


Decided = Mapping[str, Decision]


def write_decided(decided: Decided) -> str:
    """Return decisions as a text."""
    return json.dumps(dict(decided))


def read_decided(text: str) -> dict[str, Decision]:
    """Return the decisions of a text."""
    return {name: Decision(*said) for name, said in json.loads(text or "{}").items()}
