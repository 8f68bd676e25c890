"""SQLAlchemy and Alembic as applications use them: models, unique keys, upserts, reflection, migrations."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from pgvector import SparseVector
from pgvector.sqlalchemy import HALFVEC, SPARSEVEC, Vector
from server_process import Server
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql import (
    ARRAY,
    BIT,
    INT4MULTIRANGE,
    INT4RANGE,
    JSONB,
    MultiRange,
    Range,
    insert,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(100), unique=True)
    name: Mapped[str | None]
    created: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())
    facts: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default={})


class Document(Base):
    __tablename__ = "documents"
    __table_args__ = (
        sa.UniqueConstraint("user_id", "title", name="one_title_a_user"),
        sa.Index("documents_title", "title"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    user_id: Mapped[int]
    embedding: Mapped[Any] = mapped_column(Vector(3), nullable=True)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that has no tables of other tests."""
    started = Server(tmp_path_factory.mktemp("sqlalchemy") / "db", workers=1)
    yield started
    assert started.stop() == 0, started.log.read_text()
    assert started.errors() == "", started.log.read_text()


@pytest.fixture(scope="session", autouse=True)
def dialects() -> None:
    """The dialects that the package brings, also where it was installed before it brought them."""
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    for name, target in project["entry-points"]["sqlalchemy.dialects"].items():
        registry.register(name, *target.split(":"))


@pytest.fixture(params=["server", "folder"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    """Models with rows: on a server by psycopg, and in a folder by this process."""
    if request.param == "server":
        alone = request.getfixturevalue("alone")
        made = sa.create_engine(f"postgresql+psycopg://vql@127.0.0.1:{alone.port}/vql")
    else:
        made = sa.create_engine(f"vql:///{tmp_path / 'db'}")
    Base.metadata.create_all(made)
    with Session(made) as session:
        session.add_all([User(email=f"u{i}@x", name=f"n{i}", facts={"i": i}) for i in range(5)])
        session.flush()
        session.add_all([Document(title=f"t{i}", user_id=i % 5 + 1, embedding=[i, 1, 2]) for i in range(20)])
        session.commit()
    yield made
    Base.metadata.drop_all(made)
    made.dispose()


def test_models_are_written_and_read(engine: sa.Engine) -> None:
    with Session(engine) as session:
        near = (
            sa.select(Document)
            .where(Document.user_id == 2)
            .order_by(Document.embedding.l2_distance([1, 1, 1]))
        )
        assert [found.title for found in session.scalars(near.limit(2))] == ["t1", "t6"]
        counts = sa.select(User.email, sa.func.count(Document.id)).join(Document, Document.user_id == User.id)
        found = session.execute(counts.group_by(User.email).order_by(User.email)).all()
        assert found == [(f"u{i}@x", 4) for i in range(5)]
        user = session.get(User, 3)
        assert user is not None and user.facts == {"i": 2}
        user.name = "another"
        session.delete(session.get(User, 1))
        session.commit()
        assert session.scalars(sa.select(User.name).order_by(User.id)).all() == ["n1", "another", "n3", "n4"]


def test_a_unique_key_is_kept_and_upserted_by(engine: sa.Engine) -> None:
    with Session(engine) as session:
        session.add(User(email="u1@x"))
        with pytest.raises(sa.exc.IntegrityError, match="users_email_key"):
            session.commit()
    with engine.begin() as connection:
        given = insert(User).values(email="u1@x", name="anew", facts={})
        connection.execute(
            given.on_conflict_do_update(index_elements=["email"], set_={"name": given.excluded.name})
        )
        assert connection.scalar(sa.select(User.name).where(User.email == "u1@x")) == "anew"


def test_reflection_finds_what_was_declared(engine: sa.Engine) -> None:
    inspector = sa.inspect(engine)
    assert set(inspector.get_table_names()) == {"users", "documents"}
    assert [column["name"] for column in inspector.get_columns("users")] == User.__table__.columns.keys()
    assert [(u["name"], u["column_names"]) for u in inspector.get_unique_constraints("documents")] == [
        ("one_title_a_user", ["user_id", "title"])
    ]
    assert inspector.get_pk_constraint("documents")["name"] == "documents_pkey"
    assert {index["name"] for index in inspector.get_indexes("documents")} >= {"documents_title"}
    reflected = sa.MetaData()
    reflected.reflect(engine)
    assert set(reflected.tables) == {"users", "documents"}


def test_autogenerate_finds_no_difference(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_a_migration_up_and_down(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        op = Operations(MigrationContext.configure(connection))
        op.create_table(
            "notes",
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("text", sa.String(50), nullable=False),
        )
        op.execute("INSERT INTO notes (text) VALUES ('a'), ('b')")
        op.add_column("notes", sa.Column("stars", sa.Integer, server_default="7", nullable=False))
        op.add_column("notes", sa.Column("made", sa.DateTime(timezone=True), server_default=sa.func.now()))
        op.alter_column("notes", "stars", type_=sa.BigInteger(), nullable=True)
        op.alter_column("notes", "stars", new_column_name="rating", server_default=None)
        op.create_unique_constraint("notes_text", "notes", ["text"])
        op.create_index("notes_rating", "notes", ["rating"])
        op.create_index("notes_both", "notes", ["text", "rating"], unique=True)
        op.bulk_insert(sa.table("notes", sa.column("text", sa.String)), [{"text": "c"}])
    with engine.connect() as connection:
        found = connection.execute(sa.text("SELECT id, text, rating FROM notes ORDER BY id")).all()
        assert found == [(1, "a", 7), (2, "b", 7), (3, "c", None)]
    with engine.begin() as connection:
        op = Operations(MigrationContext.configure(connection))
        op.drop_index("notes_both", "notes")
        op.drop_constraint("notes_text", "notes", type_="unique")
        op.drop_column("notes", "made")
        op.rename_table("notes", "remarks")
        op.drop_table("remarks")
    assert set(sa.inspect(engine).get_table_names()) == {"users", "documents"}


VALUES = {
    "small": (sa.SmallInteger, 7), "big": (sa.BigInteger, 2**40), "f": (sa.Double, 0.1),
    "price": (sa.Numeric(10, 2), Decimal("1.50")), "flag": (sa.Boolean, True),
    "day": (sa.Date, date(2026, 1, 2)),
    "at": (sa.Time, time(10, 11)), "moment": (sa.DateTime, datetime(2026, 1, 2, 3)),
    "span": (sa.Interval, timedelta(days=1, seconds=7)), "key": (sa.Uuid, UUID(int=5)),
    "raw": (sa.LargeBinary, b"\0\xff"), "facts": (JSONB, {"a": [1, None]}), "plain": (sa.JSON, [1, "b"]),
    "tags": (ARRAY(sa.Text), ["a", "b,c"]), "mood": (sa.Enum("sad", "ok", name="mood"), "ok"),
    "bits": (BIT(3), "101"), "between": (INT4RANGE, Range(1, 5)),
    "sets": (INT4MULTIRANGE, MultiRange([Range(1, 3), Range(5, 7)])),
    "v": (Vector(3), [1.0, 2.0, 0.5]), "half": (HALFVEC(2), [0.5, 2.0]),
    "sparse": (SPARSEVEC(4), SparseVector({1: 2.0}, 4)),
}  # fmt: skip


def test_values_come_back_as_they_went_in(engine: sa.Engine) -> None:
    metadata = sa.MetaData()
    columns = [sa.Column(name, type_) for name, (type_, _) in VALUES.items()]
    table = sa.Table("of_all_types", metadata, sa.Column("id", sa.Integer, primary_key=True), *columns)
    metadata.create_all(engine)
    with engine.begin() as connection:
        given = {name: value for name, (_, value) in VALUES.items()}
        nothing: dict[str, Any] = dict.fromkeys(VALUES)
        made = connection.execute(
            table.insert().returning(table.c.id, sort_by_parameter_order=True), [given, nothing, given]
        )
        assert made.all() == [(1,), (2,), (3,)]
        found = connection.execute(table.select().order_by(table.c.id)).mappings().all()
    for row in (found[0], found[2]):
        for name, (_, value) in VALUES.items():
            read = row[name]
            assert (list(read) if isinstance(value, list) else read) == value, name
    assert {name for name, value in found[1].items() if value is not None} == {"id"}
    reflected = sa.Table("of_all_types", sa.MetaData(), autoload_with=engine)
    for column in reflected.c:
        assert column.type.compile(engine.dialect) == table.c[column.name].type.compile(engine.dialect)
    metadata.drop_all(engine)


def test_thousands_of_rows_are_inserted_by_one_call(engine: sa.Engine) -> None:
    with Session(engine) as session:
        session.add_all([Document(title=f"many {i}", user_id=9, embedding=[i, 0, 0]) for i in range(3_000)])
        session.commit()
        many = sa.select(sa.func.count(), sa.func.max(Document.id)).where(Document.user_id == 9)
        assert session.execute(many).one() == (3_000, 3_020)


def test_levels_savepoints_and_what_needs_no_transaction(engine: sa.Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("VACUUM users"))
    with engine.connect().execution_options(isolation_level="SERIALIZABLE") as connection:
        assert connection.scalar(sa.text("SHOW transaction_isolation")) == "serializable"
        with pytest.raises(sa.exc.IntegrityError), connection.begin_nested():
            connection.execute(sa.text("INSERT INTO users (id, email) VALUES (1, 'x')"))
        assert connection.scalar(sa.select(sa.func.count()).select_from(User)) == 5
    with engine.connect() as connection:
        connection.execute(sa.delete(User))
        connection.rollback()
        assert connection.scalar(sa.select(sa.func.count()).select_from(User)) == 5


def test_the_address_of_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for url in ("vql:///shop", f"vql:///{tmp_path / 'shop'}", "postgresql+vql:///shop?create=false"):
        with sa.create_engine(url).connect() as connection:
            assert connection.dialect.name == "postgresql"
            connection.execute(sa.text("CREATE TABLE IF NOT EXISTS t (id int)"))
            connection.commit()
        assert (tmp_path / "shop").is_dir()
    for url in ("vql://", "vql://localhost/shop"):
        with pytest.raises(sa.exc.ArgumentError, match="names a folder"):
            sa.create_engine(url).connect()
    with pytest.raises(sa.exc.OperationalError):
        sa.create_engine("vql:///none?create=false").connect()
