"""`vql push`, `pull`, `check` and `serve` of a database in a bucket."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import psycopg
import pytest

import vql
from vql.limits import BULK_ROWS_MIN


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "vql", *map(str, arguments)], capture_output=True, text=True)


def test_a_database_is_pushed_and_pulled(url: str, tmp_path: Path) -> None:
    with vql.connect(tmp_path / "shop") as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, v vector(4))")
        vectors = np.ones((BULK_ROWS_MIN, 4), np.float32)
        connection.insert("t", {"id": np.arange(BULK_ROWS_MIN), "v": vectors})
    pushed = run("push", tmp_path / "shop", url)
    assert (pushed.returncode, pushed.stderr) == (0, "")
    assert re.fullmatch(rf"{re.escape(url)}: made in [0-9.]+ s\n", pushed.stdout)
    with vql.connect(url, create=False) as connection:
        connection.execute("DELETE FROM t WHERE id > 6")
    again = run("push", tmp_path / "shop", url)
    assert again.returncode == 1
    assert "there is a database at" in again.stderr
    pulled = run("pull", url, tmp_path / "copy")
    assert (pulled.returncode, pulled.stderr) == (0, "")
    with vql.connect(tmp_path / "copy", create=False) as connection:
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (7,)
    assert run("pull", url, tmp_path / "copy").returncode == 1
    checked = run("check", url)
    assert (checked.returncode, checked.stdout) == (0, f"{url}: no problems found\n")


def test_what_is_no_bucket_is_said(tmp_path: Path) -> None:
    refused = run("push", tmp_path, tmp_path / "other")
    assert refused.returncode == 1
    assert "is no URL of a bucket" in refused.stderr
    refused = run("repair", f"file://{tmp_path}/db")
    assert refused.returncode == 1
    assert "in a bucket" in refused.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--workers", "2"], "served by one process"),
        (["--database", "shop"], "a folder of databases"),
        (["--tls-self-signed"], "--tls-cert"),
    ],
)
def test_what_cannot_be_served_is_said(tmp_path: Path, options: list[str], said: str) -> None:
    refused = run("serve", f"file://{tmp_path}/db", *options)
    assert refused.returncode == 2
    assert said in refused.stderr


def test_it_is_served(url: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "vql", "serve", url, "--port", "0"], stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            line = server.stdout.readline()
            found = re.search(r"serving (\S+) on (\S+):(\d+)", line)
            assert found is not None and found[1] == url
            address = f"host={found[2]} port={found[3]} dbname=db user=vql"
            with psycopg.connect(address, autocommit=True) as one, psycopg.connect(address) as other:
                one.execute("CREATE TABLE t (id int PRIMARY KEY)")
                other.execute("INSERT INTO t VALUES (1)")
                other.commit()
                assert one.execute("SELECT id, current_database() FROM t").fetchall() == [(1, "db")]
                with pytest.raises(psycopg.errors.FeatureNotSupported, match="in a bucket"):
                    one.execute("ALTER SYSTEM SET work_mem = '1MB'")
        finally:
            server.terminate()
        assert server.wait(60) == 0
    with vql.connect(url, create=False) as connection:
        assert connection.execute("SELECT id FROM t").fetchall() == [(1,)]
