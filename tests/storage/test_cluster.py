"""A folder of databases after a crash: none or a whole one, whatever was under way."""

from __future__ import annotations

import os
import signal

import pytest
from forked import exit_code

import vql
from vql.errors import Error
from vql.session.cluster import Cluster, databases_in, make_cluster
from vql.session.database import check
from vql.storage.files import failpoint


def names(folder):
    """Return the databases of a folder."""
    return [path.name for path in databases_in(folder)]


def change(folder, verb, name, point):
    failpoint.ARMED.arm(point)
    getattr(Cluster(folder, lambda *_: None), verb)(name)


def killed(folder, verb, name, point):
    """Make or drop a database in a process that is killed at a failpoint."""
    assert exit_code(change, folder, verb, name, point) == -signal.SIGKILL


@pytest.mark.parametrize(
    ("point", "there"), [("before-commit", []), ("before-database", []), ("after-database", ["a"])]
)
def test_a_crash_while_one_is_made_leaves_none_or_a_whole_one(tmp_path, point, there):
    killed(tmp_path, "create", "a", point)
    assert names(tmp_path) == there
    make_cluster(tmp_path, "a")
    assert sorted(os.listdir(tmp_path)) == [".lock", "a"]
    assert check(tmp_path / "a") == []
    with vql.connect(tmp_path / "a") as connection:
        connection.execute("CREATE TABLE t (id int)")


@pytest.mark.parametrize(("point", "there"), [("before-drop", ["a"]), ("after-drop", [])])
def test_a_crash_while_one_is_dropped_leaves_a_whole_one_or_none(tmp_path, point, there):
    make_cluster(tmp_path, "a")
    killed(tmp_path, "drop", "a", point)
    assert names(tmp_path) == there
    make_cluster(tmp_path, "")
    assert sorted(os.listdir(tmp_path)) == [".lock", *there]
    assert [check(path) for path in databases_in(tmp_path)] == [[]] * len(there)


def test_two_that_make_one_of_a_name_make_one(tmp_path):
    first, second = (Cluster(tmp_path, lambda *_: None) for _ in range(2))
    first.create("a")
    with pytest.raises(Error) as raised:
        second.create("a")
    assert raised.value.sqlstate == "42P04"
    (tmp_path / "b").mkdir()
    with pytest.raises(Error) as raised:
        first.create("b")
    assert raised.value.sqlstate == "58P02"


def test_a_database_is_no_folder_of_databases(tmp_path):
    vql.connect(tmp_path / "shop").close()
    with pytest.raises(Error, match="is a database itself"):
        make_cluster(tmp_path / "shop", "a")
    (tmp_path / "shop" / "main.mdb").unlink()
    with pytest.raises(Error, match="is a database itself"):
        make_cluster(tmp_path / "shop", "a")
