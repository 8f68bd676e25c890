"""Drivers with the types of extensions: what they look up in the catalog, texts and binary forms."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import asyncpg
import psycopg
import pytest
import sqlalchemy as sa
from psycopg.types import TypeInfo
from psycopg.types.hstore import register_hstore
from server_process import Server
from sqlalchemy.dialects.postgresql import CITEXT, HSTORE
from sqlalchemy.ext.mutable import MutableDict
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

PAIRS = {"a": "1", "bb": None, 'c"d\\': "é, =>", "": ""}


class Base(DeclarativeBase):
    pass


class Shop(Base):
    __tablename__ = "shops"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(CITEXT, unique=True)
    facts: Mapped[dict[str, str | None]] = mapped_column(MutableDict.as_mutable(HSTORE), default={})


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose database gets extensions."""
    started = Server(tmp_path_factory.mktemp("extensions") / "db", workers=1)
    with psycopg.connect(started.url, autocommit=True) as connection:
        assert TypeInfo.fetch(connection, "hstore") is None
        connection.execute("CREATE SCHEMA extensions")
        connection.execute("CREATE EXTENSION hstore WITH SCHEMA extensions; CREATE EXTENSION citext")
    yield started
    assert started.stop() == 0, started.log.read_text()
    assert started.errors() == "", started.log.read_text()


@pytest.mark.parametrize("binary", [False, True])
def test_psycopg_gives_and_takes_hstore(alone: Server, binary: bool):
    with psycopg.connect(alone.url, autocommit=True) as connection:
        info = TypeInfo.fetch(connection, "extensions.hstore")
        assert info is not None
        register_hstore(info, connection)
        row = connection.execute(
            "SELECT %b, %b -> 'a', %b || 'z=>1'" if binary else "SELECT %s, %s -> 'a', %s || 'z=>1'",
            [PAIRS] * 3, binary=binary,
        ).fetchone()  # fmt: skip
        assert row == (PAIRS, "1", PAIRS | {"z": "1"})
        assert connection.execute("SELECT %s::hstore[]", [[PAIRS, {}]], binary=binary).fetchone() == (
            [PAIRS, {}],
        )


def test_psycopg_sees_citext_as_a_type_of_its_own(alone: Server):
    with psycopg.connect(alone.url, autocommit=True) as connection:
        info = TypeInfo.fetch(connection, "citext")
        assert info is not None
        info.register(connection)
        cursor = connection.execute("SELECT 'Ann'::citext, 'a'::citext = 'A', '{B}'::citext[]")
        assert cursor.fetchone() == ("Ann", True, ["B"])
        assert cursor.description is not None
        assert [column.type_code for column in cursor.description] == [info.oid, 16, info.array_oid]


def test_asyncpg_gives_and_takes_both(alone: Server):
    async def main() -> None:
        connection = await asyncpg.connect(alone.url)
        try:
            await connection.set_builtin_type_codec(
                "hstore", schema="extensions", codec_name="pg_contrib.hstore"
            )
            row = await connection.fetchrow("SELECT $1::hstore, $2::citext = 'ANN', $2::citext", PAIRS, "Ann")
            assert tuple(row) == (PAIRS, True, "Ann")
        finally:
            await connection.close()

    asyncio.run(main())


def test_sqlalchemy_maps_both(alone: Server):
    engine = sa.create_engine(
        f"postgresql+psycopg://vql@127.0.0.1:{alone.port}/vql",
        connect_args={"options": "-c search_path=public,extensions"},
    )
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all([Shop(email="Ann@x", facts=PAIRS), Shop(email="bob@x")])
        session.commit()
        ann = session.scalars(sa.select(Shop).where(Shop.email == "ANN@X")).one()
        assert ann.facts == PAIRS
        ann.facts["new"] = "2"
        session.commit()
        found = session.scalars(sa.select(Shop).where(Shop.facts["new"] == "2")).one()
        assert found.facts == PAIRS | {"new": "2"}
        assert session.scalars(sa.select(Shop.id).where(Shop.facts.has_key("bb"))).all() == [ann.id]
        session.add(Shop(email="BOB@X"))
        with pytest.raises(sa.exc.IntegrityError):
            session.commit()
    columns = {each["name"]: each["type"] for each in sa.inspect(engine).get_columns("shops")}
    assert isinstance(columns["facts"], HSTORE) and isinstance(columns["email"], CITEXT)
    engine.dispose()
