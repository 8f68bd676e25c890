"""Every family, loaded: importing this fills the registry."""

from importlib import import_module
from pkgutil import iter_modules

import vql.functions as families

for _family in iter_modules(families.__path__):
    if _family.name != "library":
        import_module(f"{families.__name__}.{_family.name}")
