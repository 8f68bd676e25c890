"""Every family: `load_families` fills the registry, at the first query that is analysed."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules


@cache
def load_families() -> None:
    """Import every family."""
    package = import_module(__package__)
    for family in iter_modules(package.__path__):
        import_module(f"{package.__name__}.{family.name}")
