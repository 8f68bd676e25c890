"""Every family, loaded: importing this fills the registry."""

from vql.functions import folds, stub, vectors

FAMILIES = (folds, stub, vectors)
