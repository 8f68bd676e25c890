"""`vql upgrade`, `vql check --repair` and what the commands that copy databases say of mistakes."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

import vql
from vql.session.database import check
from vql.shell.main import main
from vql.storage.folder import FORMAT_VERSION, read_format

FORMATS = Path(__file__).parents[1] / "storage"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A database of format 2."""
    with tarfile.open(FORMATS / "format_2.tar.xz") as packed:
        packed.extractall(tmp_path, filter="data")
    return tmp_path / "db"


def test_an_upgrade_says_what_it_does_and_keeps_what_was(
    old: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (old / "main.mdb").read_bytes()
    assert main(["upgrade", str(old)]) == 0
    (kept,) = old.glob("format-2-*")
    said = capsys.readouterr().out
    assert f"{old}: format 2 is format {FORMAT_VERSION} now; main.mdb as it was is in {kept}\n" in said
    assert read_format(old) == FORMAT_VERSION and check(old) == []
    assert main(["upgrade", str(old)]) == 0
    assert capsys.readouterr().out == f"{old}: format {FORMAT_VERSION}, nothing to do\n"
    (old / "main.mdb").write_bytes((kept / "main.mdb").read_bytes())
    assert read_format(old) == 2 and len(before) == (kept / "main.mdb").stat().st_size


def test_all_of_a_folder_are_upgraded(old: Path, capsys: pytest.CaptureFixture[str]) -> None:
    vql.connect(old.parent / "other").close()
    assert main(["upgrade", str(old.parent)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines if ":" in line] == [str(old), str(old.parent / "other")]


def test_an_upgrade_that_is_refused_changes_nothing(
    old: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["upgrade", str(tmp_path / "nowhere")]) == 1
    assert "there is no database at" in capsys.readouterr().err
    with vql.connect(tmp_path / "new") as connection:
        assert main(["upgrade", str(tmp_path / "new")]) == 1
        with connection.database.store.metastore.write() as batch:
            batch.put("meta", b"format", b"99")
    assert main(["upgrade", str(tmp_path / "new")]) == 1
    assert "the database has format 99" in capsys.readouterr().err
    assert not list((tmp_path / "new").glob("format-*"))


def test_an_older_format_is_not_backed_up(old: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backup", str(old), str(old.parent / "kept")]) == 1
    said = capsys.readouterr().err
    assert "the database has format 2" in said and "HINT:  vql upgrade" in said
    assert read_format(old) == 2 and not (old.parent / "kept").exists()


def test_check_can_repair(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with vql.connect(tmp_path / "db") as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY)")
        connection.execute("INSERT INTO t VALUES (1)")
        with connection.database.store.metastore.write() as batch:
            batch.delete("keys", next(at for at, _ in batch.range("keys", b"")))
    assert main(["check", str(tmp_path / "db")]) == 1
    assert main(["check", str(tmp_path / "db"), "--repair"]) == 0
    assert "keys are written anew" in capsys.readouterr().out
    assert main(["check", str(tmp_path / "db")]) == 0


def test_what_is_restricted_is_sql_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = tmp_path / "a.sql"
    script.write_text("\\restrict key\nSELECT 1;\n\\unrestrict key\n\\echo done\n")
    assert main([str(tmp_path / "db"), "--create", "-q", "-f", str(script)]) == 0
    assert capsys.readouterr().out.endswith("done\n")
    for line in ("\\echo done", "\\! true", "\\unrestrict other", "\\restrict again"):
        script.write_text(f"\\restrict key\n{line}\n")
        assert main([str(tmp_path / "db"), "-f", str(script)]) == 1
        captured = capsys.readouterr()
        assert "done" not in captured.out and "restrict" in captured.err
