"""vql dump and vql load: what is written makes the same database again, here, by psql and on PostgreSQL."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from server_process import Server
from test_pg_dump import GUARD, MADE, run

import vql
from vql.session.database import check
from vql.shell.main import main
from vql.shell.moving.dump import dump
from vql.shell.opening import open_link

MORE = """
create role "in Group" login connection limit 3 password 'x' valid until '2030-01-01';
create role group_of inherit;
grant group_of to "in Group" with admin option;
grant insert, update on makers to group_of;
grant select on makers to public;
grant usage on schema shop to "in Group";
alter default privileges in schema shop grant select on tables to dumped_to;
create table shop.owned (id int check (id <> 5), s text collate "C");
alter table shop.owned owner to group_of;
grant select on shop.owned to "in Group";
comment on table shop.owned is E'two\\nlines';
comment on index shop.items_vec_idx is 'of vectors';
comment on schema shop is 'sells';
comment on type mood is 'sad or not';
comment on constraint positive on shop.items is 'is paid';
comment on function plus is 'adds';
comment on role dumped_to is 'somebody';
create unlogged table quick (a real, b double precision, c timestamptz, d interval, e int[]);
insert into quick values ('NaN', 0.1, '2020-01-01 10:00+02', '1 day', '{1,NULL}');
insert into quick values (null, 'infinity', null, null, '{}');
create table bare ();
create view later as select plus(id) as more from makers;
create table of_views (v later);
create sequence down increment -2 minvalue -100 start -2;
select nextval('down');
"""


def command(*words: str) -> tuple[int, str, str]:
    """Run the command in this process; return its status and what it printed."""
    out, errors = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), io.StringIO()
    with redirect_stdout(out), redirect_stderr(errors):
        status = main(list(words))
    out.seek(0)
    return status, out.read(), errors.getvalue()


def dumped(path: Path | str) -> str:
    status, text, errors = command("dump", str(path))
    assert (status, errors) == (0, "")
    return text


def statements(text: str) -> list[str]:
    """Return the statements of a dump: the order of two that need nothing of each other may be another."""
    return sorted(text.split(";\n\n"))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with one of everything."""
    path = tmp_path_factory.mktemp("source") / "db"
    (path.parent / "made.sql").write_text(MADE + MORE)
    assert command("load", str(path.parent / "made.sql"), str(path))[0] == 0
    return path


@pytest.fixture(scope="module")
def text(source: Path) -> str:
    """Its dump."""
    return dumped(source)


def test_what_is_dumped_is_loaded_and_dumped_alike(text: str, tmp_path: Path) -> None:
    (tmp_path / "dump.sql").write_text(text)
    status, said, errors = command("load", str(tmp_path / "dump.sql"), str(tmp_path / "db"))
    assert (status, errors) == (0, "") and "loaded in" in said
    assert statements(dumped(tmp_path / "db")) == statements(text)
    assert check(tmp_path / "db") == []


def test_rows_are_dumped_as_parquet_and_loaded_alike(source: Path, text: str, tmp_path: Path) -> None:
    folder, again = str(tmp_path / "dumped"), str(tmp_path / "db")
    assert command("dump", str(source), "--format", "parquet", "-o", folder) == (0, "", "")
    names = {path.name for path in Path(folder).iterdir()}
    assert "dump.sql" in names and {name[4:] for name in names} >= {
        "_public_makers.parquet",
        "_shop_items.parquet",
    }
    assert command("load", folder, again)[::2] == (0, "")
    assert statements(dumped(again)) == statements(text)
    # What is there stays as it is; half a dump is none.
    status, _, errors = command("dump", str(source), "--format", "parquet", "-o", folder)
    assert status == 1 and "dumped" in errors
    (Path(folder) / next(name for name in names if name.endswith("makers.parquet"))).unlink()
    assert command("load", folder, str(tmp_path / "half"))[0] == 1
    assert not (tmp_path / "half").exists()
    refused = (
        ["dump", "postgres://localhost/x", "--format", "parquet", "-o", f"{folder}2"],
        ["dump", str(source), "--format", "parquet"],
        ["load", folder, "postgres://localhost/x"],
    )
    for words in refused:
        with pytest.raises(SystemExit) as stopped:
            command(*words)
        assert stopped.value.code == 2


def test_the_order_of_making_is_that_of_needs(text: str) -> None:
    places = [
        text.index(made)
        for made in (
            "CREATE TABLE public.makers",
            "FUNCTION public.plus(",
            "CREATE VIEW public.later",
            "CREATE TABLE public.of_views",
            "COPY public.makers",
            "ADD CONSTRAINT makers_pkey",
            "FOREIGN KEY",
        )
    ]
    assert places == sorted(places)


@pytest.mark.skipif(shutil.which("pg_dump") is None, reason="pg_dump is not installed")
def test_pg_dump_sees_no_difference(source: Path, text: str, tmp_path: Path) -> None:
    (tmp_path / "dump.sql").write_text(text)
    assert command("load", str(tmp_path / "dump.sql"), str(tmp_path / "db"))[0] == 0
    seen = []
    for path in (source, tmp_path / "db"):
        started = Server(path, workers=1)
        try:
            seen.append(GUARD.sub("", run(started, "pg_dump")))
            assert statements(dumped(started.url.replace("postgresql", "postgres"))) == statements(text)
        finally:
            started.stop()
    assert seen[0] == seen[1]
    (tmp_path / "pg.sql").write_text(seen[0])
    with vql.connect(tmp_path / "again") as connection:
        for role in ("dumped_to", '"in Group"', "group_of"):
            connection.execute(f"CREATE ROLE {role}")
    status, _, errors = command("load", str(tmp_path / "pg.sql"), str(tmp_path / "again"))
    assert (status, errors) == (0, "")


@pytest.mark.skipif(shutil.which("psql") is None, reason="psql is not installed")
def test_psql_loads_it_into_a_server(text: str, tmp_path: Path) -> None:
    started = Server(tmp_path / "db", workers=1)
    try:
        run(started, "psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null", given=text)
        assert statements(dumped(started.url.replace("postgresql", "postgres"))) == statements(text)
    finally:
        started.stop()
    assert started.errors() == ""


def test_commits_during_a_dump_are_not_in_it(source: Path, text: str, tmp_path: Path) -> None:
    path = shutil.copytree(source, tmp_path / "db")
    written: list[bytes] = []
    with vql.connect(path) as other:

        def write(piece: bytes) -> None:
            if not written:
                other.execute("INSERT INTO makers VALUES (100, 'late')")
                other.execute("CREATE TABLE late (id int)")
                other.execute("DELETE FROM shop.items")
            written.append(piece)

        link = open_link(str(path), False, False, lambda *_: None)
        assert link is not None
        dump(link, write)
        link.close()
    assert b"".join(written).decode() == text


def test_a_dump_that_fails_to_load_leaves_no_database(text: str, tmp_path: Path) -> None:
    (tmp_path / "dump.sql").write_text(text.replace("ALTER TABLE ONLY shop.items", "ALTER TABLE nowhere", 1))
    status, _, errors = command("load", str(tmp_path / "dump.sql"), str(tmp_path / "db"))
    assert status == 1 and 'relation "nowhere" does not exist' in errors
    assert [path.name for path in tmp_path.iterdir()] == ["dump.sql"]
    assert command("load", str(tmp_path / "none.sql"), str(tmp_path / "db"))[0] == 1
    assert command("dump", str(tmp_path / "none"))[0] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["dump.sql"]


def test_a_file_has_its_name_once_it_is_whole(source: Path, text: str, tmp_path: Path) -> None:
    target = tmp_path / "dump.sql"
    target.write_text("before")
    words = [sys.executable, "-m", "vql", "dump", str(source), "-o", str(target)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert target.read_text() == text and [path.name for path in tmp_path.iterdir()] == ["dump.sql"]


def test_options_of_tables_are_kept(tmp_path: Path) -> None:
    with vql.connect(tmp_path / "one") as connection:
        options = "retention = '30 days', recall = 0.9, ttl = '1 hour', ttl_column = 'at'"
        connection.execute(f"CREATE TABLE kept (id int, at timestamptz) WITH ({options})")
    assert command("dump", str(tmp_path / "one"), "-o", str(tmp_path / "kept.sql")) == (0, "", "")
    status, _, errors = command("load", str(tmp_path / "kept.sql"), str(tmp_path / "two"))
    assert status == 0, errors
    said = "SELECT reloptions FROM pg_class WHERE relname = 'kept'"
    with vql.connect(tmp_path / "one") as one, vql.connect(tmp_path / "two") as two:
        assert one.execute(said).fetchall() == two.execute(said).fetchall()
