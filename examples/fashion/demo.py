"""Similar shoes, now and as of before: VQL on 10,000 real pictures, in one minute.

    make demo

Makes a database in a temporary folder, loads Fashion-MNIST's test images as rows with a vector of
784 pixels, and prints every statement it runs. Brands and prices are invented. On a terminal it ends with
the console over that database, till Ctrl-C; `--no-browser` leaves it out.
"""

from __future__ import annotations

import argparse
import shutil
import struct
import sys
import tempfile
import time
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

import vql

HERE = Path(__file__).parent
OUT = HERE.parent / "out"
CATEGORIES = (
    "T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip
BRANDS = ("Alba", "Borea", "Cima", "Duna", "Estra")
SEED = 7
# The picture somebody likes: an ankle boot.
LIKED = 0
BRAND = "Borea"
SEARCHES = 500

SEARCH = "SELECT id, brand FROM shoes ORDER BY l2(vec, ?) LIMIT 10 WHERE brand = ?"
SEARCH_BEFORE = SEARCH + " AS OF ?"
DISTANCES = "SELECT id, l2(vec, ?) AS distance FROM shoes ORDER BY distance LIMIT 10 WHERE brand = ?"


def main() -> None:
    """Run the demo from an empty folder to the picture."""
    options = argparse.ArgumentParser(description="Similar shoes, now and as of before.")
    options.add_argument("--no-browser", action="store_true", help="end without the console")
    ends = options.parse_args().no_browser or not sys.stdout.isatty()
    folder = Path(tempfile.mkdtemp(prefix="vql-demo-"))
    try:
        with vql.connect(folder / "shop") as connection:
            tell(connection)
        if not ends:
            heading("Look at it: choose a boot, move the slider, tick a brand, give a picture of your own")
            console(folder / "shop")
    finally:
        shutil.rmtree(folder)


def console(shop: Path) -> None:
    """Serve the console over the database until Ctrl-C."""
    from embedding import shades

    from vql.console.command import console_server, open_browser, run_until_signal
    from vql.shell.opening import opened_link

    server = console_server(lambda: opened_link(str(shop)), "shop", None, embed=shades)
    print(f"  {server.address}\n  Ctrl-C ends it, and removes the database.", flush=True)
    open_browser(server.address)
    run_until_signal(server)


def tell(connection: vql.Connection) -> None:
    """The story, statement by statement."""
    rows = pictures()
    vectors = rows["vec"]
    heading("A table of pictures")
    run(
        connection,
        "CREATE TABLE shoes (id integer PRIMARY KEY, category text, brightness real,\n"
        "                    brand text, price numeric, picture bytea, vec vector(784))",
    )
    started = time.perf_counter()
    count = connection.insert("shoes", rows)
    print(
        f"  loaded {count:,} rows in {time.perf_counter() - started:.2f} s (brands and prices are invented)"
    )
    run(connection, "CREATE INDEX ON shoes USING auto (vec vector_l2_ops)")

    heading(f"Boots like picture {LIKED}, but of brand {BRAND}")
    liked = vectors[LIKED]
    before_rows = run(connection, SEARCH, [liked, BRAND], show=True)
    before = connection.execute(DISTANCES, [liked, BRAND]).fetchall()
    moment = datetime.now(UTC)

    heading("Three of them are sold, one changes its brand")
    first = [int(str(row[0])) for row in before_rows]
    run(connection, f"DELETE FROM shoes WHERE id IN ({first[0]}, {first[2]}, {first[5]})")
    run(connection, f"UPDATE shoes SET brand = 'Cima', price = price * 0.8 WHERE id = {first[3]}")

    heading("The same question now")
    run(connection, SEARCH, [liked, BRAND], show=True)
    now = connection.execute(DISTANCES, [liked, BRAND]).fetchall()

    heading("The same question as of before")
    again = run(connection, SEARCH_BEFORE, [liked, BRAND, moment], show=True)
    assert again == before_rows, "the past must not change"
    print("  the answer is the one given before the changes")

    heading("What the database did")
    for sql, parameters in ((SEARCH, [liked, BRAND]), (SEARCH_BEFORE, [liked, BRAND, moment])):
        run(connection, f"EXPLAIN (ANALYZE, RECALL) {sql}", parameters, show=True)

    heading("How long a search takes")
    for sql, given in ((SEARCH, []), (SEARCH_BEFORE, [moment])):
        queries = [[vectors[i], BRAND, *given] for i in range(1, SEARCHES + 1)]
        print(f"  {speed(connection, sql, queries):6.3f} ms  {sql}")

    heading("A picture of it")
    from sheet import Card, draw

    labels = dict(connection.execute("SELECT id, category FROM shoes AS OF ?", [moment]).fetchall())
    pixels = (255 * vectors).astype(np.uint8)

    def cards(
        found: Sequence[tuple[object, ...]], others: Sequence[tuple[object, ...]], note: str
    ) -> list[Card]:
        known = {row[0] for row in others}
        made = []
        for key, distance in found:
            row = int(str(key))
            mark = "" if key in known else "now Cima" if row == first[3] else note
            made.append(
                Card(pixels[row], f"{labels[row]} {row}", f"distance {float(str(distance)):.2f}", mark)
            )
        return made

    OUT.mkdir(exist_ok=True)
    target = OUT / "similar-shoes.png"
    draw(
        target,
        query=Card(pixels[LIKED], f"{labels[LIKED]} {LIKED}", f"brand {rows['brand'][LIKED]}", ""),
        statement=[
            "SELECT id, brand FROM shoes",
            "ORDER BY l2(vec, ?) LIMIT 10",
            f"WHERE brand = '{BRAND}'",
            f"AS OF '{moment:%Y-%m-%d %H:%M:%S.%f}'",
        ],
        now=cards(now, before, "new here"),
        before=cards(before, now, "sold since"),
    )
    print(f"  {target}")


def pictures() -> dict[str, Any]:
    """Return the rows by column: real pictures, invented brands and prices."""
    with np.load(HERE / "t10k.npz") as data:
        images, labels = data["images"], data["labels"]
    generator = np.random.default_rng(SEED)
    count = len(images)
    vectors = images.astype(np.float32) / 255
    return {
        "id": np.arange(count, dtype=np.int32),
        "category": np.array(CATEGORIES)[labels],
        "brightness": vectors.mean(axis=1),
        "brand": np.array(BRANDS)[generator.integers(0, len(BRANDS), count)],
        "price": np.array([f"{cents / 100:.2f}" for cents in generator.integers(1_990, 19_990, count)]),
        "picture": [png(255 - image.reshape(28, 28)) for image in images],
        "vec": vectors,
    }


def png(shades: np.ndarray) -> bytes:
    """Return a picture (height, width) of grey shades as a PNG, for columns of type bytea."""
    height, width = shades.shape

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    lines = b"".join(b"\0" + line.tobytes() for line in shades)  # each behind its filter: none
    front = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return front + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


def heading(text: str) -> None:
    """Print a chapter's title."""
    print(f"\n{text}\n{'-' * len(text)}", flush=True)


def run(
    connection: vql.Connection, sql: str, parameters: Sequence[object] = (), show: bool = False
) -> list[tuple[object, ...]]:
    """Print a statement, run it, print its rows or tag and the time it took."""
    print("  " + sql.replace("\n", "\n  "), flush=True)
    started = time.perf_counter()
    cursor = connection.execute(sql, parameters)
    elapsed_ms = (time.perf_counter() - started) * 1e3
    rows = cursor.fetchall() if show else []
    if not show:
        print(f"  -> {cursor.statusmessage}, {elapsed_ms:.1f} ms")
    elif len(rows[0]) == 1:
        print("\n".join(f"     {row[0]}" for row in rows) + "\n")
    else:
        found = ", ".join(" ".join(map(str, row)) for row in rows)
        print(f"  -> {found}\n     {len(rows)} rows, {elapsed_ms:.1f} ms")
    return rows


def speed(connection: vql.Connection, sql: str, queries: Sequence[Sequence[object]]) -> float:
    """Return the time of one search in milliseconds, over many different ones: the best of three
    rounds, as other programs may be at work."""
    rounds = []
    for _ in range(3):
        started = time.perf_counter()
        for parameters in queries:
            connection.execute(sql, parameters).fetchall()
        rounds.append(time.perf_counter() - started)
    return min(rounds) * 1e3 / len(queries)


if __name__ == "__main__":
    main()
