"""Every family, loaded: importing this fills the registry."""

from vql.functions import folds, vectors

FAMILIES = (folds, vectors)
