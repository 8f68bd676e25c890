"""What turns pictures and texts into vectors: a function of Python that the command line names."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from vql.errors import ExternalRoutineFailed, InvalidParameterValue, NotSupportedError

# Takes the bytes of a picture's file or a text; gives the numbers of a vector.
Embed = Callable[[bytes | str], Any]
HINT = "Give one: --embed MODULE:FUNCTION, a function of Python that takes a picture's bytes or a text."


def load_embedding(name: str) -> Embed:
    """Return the function that `module:function` names; modules of the present folder are found too. Raises
    22023."""
    module, colon, function = name.partition(":")
    if not colon:
        raise InvalidParameterValue(f"--embed takes MODULE:FUNCTION, not {name}")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        found: object = importlib.import_module(module)
    except ImportError as error:
        raise InvalidParameterValue(f"--embed: cannot import {module}: {error}") from None
    for part in function.split("."):
        found = getattr(found, part, None)
    if not callable(found):
        raise InvalidParameterValue(f"--embed: there is no function {function} in {module}")
    return found


def embedding_of(embed: Embed | None, value: bytes | str) -> list[float]:
    """Return the vector of a picture or a text. Raises 0A000 without a function, 38000 where it fails."""
    if embed is None:
        raise NotSupportedError("there is no function that makes vectors of pictures and texts", hint=HINT)
    try:
        found = np.asarray(embed(value), np.float64).reshape(-1)
    except Exception as error:  # noqa: BLE001 - a function of somebody's own
        raise ExternalRoutineFailed(
            f"the embedding function failed: {type(error).__name__}: {error}"
        ) from error
    return [float(number) for number in found]
