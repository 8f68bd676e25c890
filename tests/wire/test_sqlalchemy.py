"""SQLAlchemy and Alembic as applications use them: models, unique keys, upserts, reflection, migrations."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from pgvector.sqlalchemy import Vector
from server_process import Server
from sqlalchemy.dialects.postgresql import insert
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


@pytest.fixture
def engine(alone: Server) -> Iterator[sa.Engine]:
    made = sa.create_engine(f"postgresql+psycopg://vql@127.0.0.1:{alone.port}/vql")
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
