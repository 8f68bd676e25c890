"""What makes a vector of a picture for the demo's console: its grey shades, 28 x 28.

vql console FOLDER --embed examples.fashion.embedding:shades
"""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageOps

SIDE = 28


def shades(value: bytes | str) -> np.ndarray:
    """Return the vector (784,) of a picture's file. The things of Fashion-MNIST are light before black: a
    picture whose edge is light is turned over. Raises TypeError for words, which shades know nothing of."""
    if isinstance(value, str):
        raise TypeError("the demo's vectors are pixels of pictures: words have none")
    picture = Image.open(io.BytesIO(value)).convert("L")
    edge = np.asarray(picture, np.float32)
    frame = np.concatenate([edge[0], edge[-1], edge[:, 0], edge[:, -1]])
    if frame.mean() > 127:
        picture = ImageOps.invert(picture)
    return np.asarray(ImageOps.pad(picture, (SIDE, SIDE)), np.float32).reshape(-1) / 255
