"""Every family: `load` fills the registry, at the first query that is analysed."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

import vql.functions as families


@cache
def load() -> None:
    """Import every family."""
    for family in iter_modules(families.__path__):
        import_module(f"{families.__name__}.{family.name}")
