"""Which databases of a folder a worker has open, and for how long."""

from __future__ import annotations

import asyncio

import pytest

from vql.errors import Error
from vql.memory import Budget
from vql.server import databases
from vql.session.cluster import Cluster


@pytest.fixture
def cluster(tmp_path):
    made = Cluster(tmp_path, lambda *_: None)
    for name in "abc":
        made.create(name)
    return made


def run(cluster, work, monkeypatch):
    """Run `work` with databases of which two may be open; return what the supervisor hears."""
    monkeypatch.setattr(databases, "OPEN_MAX", 2)
    heard: list[bytes] = []

    async def main() -> None:
        opened = databases.OpenDatabases(None, cluster, Budget(1 << 30), heard.append)
        try:
            await work(opened)
        finally:
            await opened.close()

    asyncio.run(main())
    return heard


def test_the_one_that_was_unused_for_longest_gives_way(cluster, monkeypatch):
    async def work(opened):
        for name in "abac":
            assert (await opened.find(name)).path.name == name

    assert run(cluster, work, monkeypatch) == [b"oa", b"ob", b"xb", b"oc"]


def test_one_with_a_session_stays(cluster, monkeypatch):
    async def work(opened):
        await opened.enter("a")
        await opened.enter("b")
        with pytest.raises(Error) as raised:
            await opened.find("c")
        assert raised.value.sqlstate == "53300"
        await opened.close_unused("a")
        opened.leave("a")
        await opened.find("c")

    assert run(cluster, work, monkeypatch) == [b"oa", b"ob", b"xa", b"oc"]


def test_many_at_once_open_it_once(cluster, monkeypatch):
    async def work(opened):
        found = await asyncio.gather(*(opened.enter("a") for _ in range(20)))
        assert len({id(each) for each in found}) == 1

    assert run(cluster, work, monkeypatch) == [b"oa"]


def test_one_that_is_not_there_is_3d000(cluster, monkeypatch):
    async def work(opened):
        with pytest.raises(Error) as raised:
            await opened.find("d")
        assert raised.value.sqlstate == "3D000"

    assert run(cluster, work, monkeypatch) == []
