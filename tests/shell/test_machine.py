"""`vql doctor` and `vql bench`: what they tell of a machine and of a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

import vql
from vql.shell.machine import bench
from vql.shell.machine.findings import BAD, Finding, findings_shown
from vql.shell.machine.folder import folder_findings
from vql.shell.machine.system import machine_findings
from vql.shell.main import main


def states(folder: Path) -> dict[str, Finding]:
    return {each.what: each for each in folder_findings(folder)}


def test_a_machine_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    main(["doctor"])
    said = capsys.readouterr().out
    for what in ("versions", "processors", "memory", "clock"):
        assert what in said
    assert {each.what for each in machine_findings()} >= {"versions", "system", "memory"}


def test_a_database_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with vql.connect(tmp_path / "db") as connection:
        connection.execute("CREATE TABLE t (id int)")
    found = states(tmp_path / "db")
    assert found["database"].found.startswith("db: 1 tables")
    assert "ms for a page" in found["fsync"].found
    assert list((tmp_path / "db").glob(".sync-*")) == []
    main(["doctor", str(tmp_path / "db")])
    assert "db: 1 tables" in capsys.readouterr().out


def test_what_is_not_right_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "db"
    with vql.connect(folder):
        pass
    (folder / "vql.toml").write_text("work_mem = 5\nprt = 1\n")
    assert main(["doctor", str(folder)]) == 1
    assert 'there is no flag or setting "prt"; did you mean "port"?' in capsys.readouterr().out
    (folder / "vql.toml").write_text('host = "0.0.0.0"\n')
    assert "tls_required" in states(folder)["encryption"].advice
    folder.chmod(0o777)
    assert states(folder)["permissions"].state == BAD
    (folder / "main.mdb").write_bytes(b"no database")
    assert states(folder)["database"].state == BAD


def test_a_folder_to_come_is_told(tmp_path: Path) -> None:
    assert "none" in states(tmp_path / "a" / "b")["database"].found
    assert not (tmp_path / "a").exists()


def test_advice_stands_below_what_was_found() -> None:
    assert findings_shown([Finding("disk", "full", BAD, "free it")]).splitlines() == [
        " bad  disk               full", "                         -> free it",
    ]  # fmt: skip


def test_bench_measures_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("ROWS", 2_000), ("DIM", 8), ("COMMITS", 3), ("QUERIES", 20)):
        monkeypatch.setattr(bench, name, value)
    assert main(["bench", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 11 and all("times as" in line for line in lines[1:])
    assert list(tmp_path.iterdir()) == []
    assert main(["bench", str(tmp_path / "none")]) == 1
