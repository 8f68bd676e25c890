"""Make `t10k.npz` from the original files of Fashion-MNIST's test images.

    python examples/fashion/prepare.py FOLDER

FOLDER holds `t10k-images-idx3-ubyte.gz` and `t10k-labels-idx1-ubyte.gz`, as the Debian package
dataset-fashion-mnist installs them. The result is the same bytes each time: `images` (10000, 784)
and `labels` (10000,), both uint8, packed with LZMA (3.8 MB; gzip takes 4.4). `numpy.load` reads it.
"""

from __future__ import annotations

import gzip
import io
import sys
import zipfile
from pathlib import Path

import numpy as np

TARGET = Path(__file__).with_name("t10k.npz")
IMAGES, LABELS = "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"
# An idx file starts with a magic number and the size of each dimension, four bytes each.
IMAGES_HEADER_BYTES, LABELS_HEADER_BYTES = 16, 8


def main(folder: Path) -> None:
    """Read the two files and write the one."""
    images = np.frombuffer(
        gzip.decompress((folder / IMAGES).read_bytes()), np.uint8, offset=IMAGES_HEADER_BYTES
    )
    labels = np.frombuffer(
        gzip.decompress((folder / LABELS).read_bytes()), np.uint8, offset=LABELS_HEADER_BYTES
    )
    with zipfile.ZipFile(TARGET, "w", zipfile.ZIP_LZMA) as archive:
        for name, array in (("images", images.reshape(-1, 784)), ("labels", labels)):
            content = io.BytesIO()
            np.save(content, array)
            # The date is fixed, so that the file depends on its content alone.
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), content.getvalue(), zipfile.ZIP_LZMA)
    print(f"{TARGET}: {TARGET.stat().st_size:,} bytes, {len(labels):,} images")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
