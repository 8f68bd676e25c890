"""`python -m bench.document`: put what runs left in bench/out into docs/benchmarks.md, plots beside it.

A block of the document between `<!-- measured NAME -->` and `<!-- /measured -->` takes OUT/NAME; one whose
file is not there is left as it is.
"""

from __future__ import annotations

import argparse
import re
import shutil
from pathlib import Path

BLOCK = re.compile(r"(<!-- measured (\S+) -->\n).*?(<!-- /measured -->)", re.DOTALL)


def main() -> None:
    """Fill the blocks and copy the plots."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path("bench/out"), help="where runs left their tables")
    parser.add_argument("--document", type=Path, default=Path("docs/benchmarks.md"))
    options = parser.parse_args()
    text = options.document.read_text()
    options.document.write_text(BLOCK.sub(lambda block: filled(block, options.out, options.document), text))


def filled(block: re.Match[str], out: Path, document: Path) -> str:
    """Return a block with what was measured: a table as it is, a plot as a link to its copy."""
    source = out / block[2]
    if not source.exists():
        return block[0]
    if source.suffix == ".png":
        name = f"bench-{source.name}"
        shutil.copyfile(source, document.parent / name)
        return f"{block[1]}![{source.stem} against speed]({name})\n{block[3]}"
    # Titles stand below the document's own.
    text = re.sub(r"^## ", "### ", source.read_text().strip(), flags=re.MULTILINE)
    return f"{block[1]}\n{text}\n\n{block[3]}"


if __name__ == "__main__":
    main()
