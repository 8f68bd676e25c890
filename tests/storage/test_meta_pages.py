"""The look each statement takes for commits: by LMDB's meta pages, whoever commits."""

import subprocess
import sys

import pytest

from vql.storage.files.metastore import Metastore

WRITE = """
import sys
from pathlib import Path
from vql.storage.files.metastore import Metastore
metastore = Metastore(Path(sys.argv[1]))
with metastore.write() as batch:
    batch.put("meta", b"other", b"1")
metastore.close()
"""


@pytest.fixture
def metastore(tmp_path):
    opened = Metastore(tmp_path / "main.mdb")
    yield opened
    opened.close()


def put(metastore, at, value):
    with metastore.write() as batch:
        batch.put("meta", at, value)


def test_the_number_is_that_of_the_last_transaction(metastore):
    for round_ in range(4):
        put(metastore, b"head", b"%d" % round_)
        with metastore.read() as batch:
            assert max(metastore._transactions) == batch._transaction.id()


def test_a_look_follows_every_commit(metastore):
    before, after = b"before", b"after"
    at = b"head"
    put(metastore, at, before)
    assert metastore.has("meta", at, before) and metastore.has("meta", at, before)
    put(metastore, at, after)
    assert not metastore.has("meta", at, before)
    assert metastore.has("meta", at, after)
    put(metastore, b"something else", b"")
    assert metastore.has("meta", at, after)


def test_a_look_follows_commits_of_another_process(metastore):
    put(metastore, b"head", b"0")
    absent = None
    other = b"other"
    assert metastore.has("meta", other, absent) and metastore.has("meta", other, absent)
    subprocess.run([sys.executable, "-c", WRITE, str(metastore.path)], check=True)
    assert not metastore.has("meta", other, absent)


def test_a_look_reads_nothing_while_nothing_is_committed(metastore):
    at, value = b"head", b"0"
    put(metastore, at, value)
    assert metastore.has("meta", at, value)
    environment, metastore._environment = metastore._environment, None
    try:
        assert metastore.has("meta", at, value)
    finally:
        metastore._environment = environment
