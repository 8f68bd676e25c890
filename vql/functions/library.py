"""Every family: `load_families` fills the registry, at the first query that is analysed."""

from functools import cache
from importlib import import_module
from pkgutil import walk_packages


@cache
def load_families() -> None:
    """Import every family."""
    package = import_module(__package__)
    for family in walk_packages(package.__path__, f"{package.__name__}."):
        import_module(family.name)
