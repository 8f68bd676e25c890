"""The pages of an LMDB file, looked at while others commit."""

import lmdb

from vql.storage.files import pages

PAGE_BYTES = 4096


def test_a_commit_that_makes_the_file_longer_while_it_is_looked_at_is_no_damage(tmp_path, monkeypatch):
    path = tmp_path / "main.mdb"
    with lmdb.open(str(path), subdir=False, map_size=1 << 26, max_dbs=4) as environment:
        with environment.begin(write=True) as transaction:
            transaction.put(b"first", b"row")
        length, newest = path.stat().st_size, pages._newest_meta

        def newest_behind_a_commit(mapped, page_bytes):
            if path.stat().st_size == length:  # the file is mapped, its meta pages not yet read
                with environment.begin(write=True) as transaction:
                    for number in range(2_000):
                        transaction.put(b"%06d" % number, bytes(200))
            return newest(mapped, page_bytes)

        monkeypatch.setattr(pages, "_newest_meta", newest_behind_a_commit)
        assert pages.broken_page(path, PAGE_BYTES) == ""
        assert path.stat().st_size > length


def test_a_page_behind_the_end_of_a_file_that_stays_is_damage(tmp_path):
    path = tmp_path / "main.mdb"
    with (
        lmdb.open(str(path), subdir=False, map_size=1 << 26) as environment,
        environment.begin(write=True) as transaction,
    ):
        for number in range(2_000):
            transaction.put(b"%06d" % number, bytes(200))
    with path.open("r+b") as file:
        file.truncate(8 * PAGE_BYTES)
    assert "is not in the file" in pages.broken_page(path, PAGE_BYTES)
