"""psql: what a person at the prompt types, and what psql asks behind their back."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator

import pytest
from server_process import Server

pytestmark = pytest.mark.skipif(shutil.which("psql") is None, reason="psql is not installed")


def psql(
    server: Server, *commands: str, stdin: str | None = None, style: str = "-At"
) -> subprocess.CompletedProcess[str]:
    """Run psql with -c commands or a script; unaligned, tuples only unless `style` says else."""
    words = ["psql", "-X", style, "-v", "ON_ERROR_STOP=1"]
    for command in commands:
        words += ["-c", command]
    return subprocess.run(
        words, env=server.environment, input=stdin, capture_output=True, text=True, timeout=100, check=False
    )


@pytest.fixture(scope="module")
def shoes(server: Server) -> Iterator[str]:
    """A table of three rows with an index; tests that come to a worker later make it anew."""
    done = psql(
        server,
        "CREATE TABLE shoes (id int PRIMARY KEY, brand text, vec vector(3))",
        "INSERT INTO shoes VALUES (1, 'x', '[1,2,3]'), (2, 'y', '[3,2,1]'), (3, NULL, '[0,0,1]')",
        "CREATE INDEX shoes_vec ON shoes USING hnsw (vec vector_l2_ops)",
    )
    assert done.stderr == ""
    assert done.stdout.split("\n")[:3] == ["CREATE TABLE", "INSERT 0 3", "CREATE INDEX"]
    yield "shoes"
    psql(server, "DROP TABLE shoes")


def test_statements_of_one_message_are_answered_in_order(server: Server, shoes: str) -> None:
    done = psql(server, "SELECT 1; SELECT brand FROM shoes ORDER BY id; SELECT 'end'")
    assert done.stdout == "1\nx\ny\n\nend\n"


def test_nearest_rows_come_in_order(server: Server, shoes: str) -> None:
    done = psql(server, "SELECT id, vec, vec <-> '[3,2,1]' FROM shoes ORDER BY vec <-> '[3,2,1]' LIMIT 2")
    assert done.stdout == "2|[3,2,1]|0\n1|[1,2,3]|2.8284271247461903\n"


def test_unnamed_columns_have_postgres_names(server: Server) -> None:
    done = psql(server, "SELECT 1, now()::date, count(*), version()::text", style="-A")
    assert done.stdout.splitlines()[0] == "?column?|now|count|version"


@pytest.mark.parametrize(
    ("sql", "line", "caret"),
    [
        ("SELECT nope FROM shoes", "LINE 1: SELECT nope FROM shoes", 15),
        ("SELECT id FROM nowhere", "LINE 1: SELECT id FROM nowhere", 23),
        ("SELEC 1", "LINE 1: SELEC 1", 8),
    ],
)
def test_errors_point_at_their_place(server: Server, shoes: str, sql: str, line: str, caret: int) -> None:
    done = psql(server, sql)
    assert done.returncode == 1
    first, second, third = done.stderr.splitlines()[:3]
    assert first.startswith("ERROR:  ")
    assert second == line
    assert third == " " * caret + "^"


def test_a_script_stops_at_its_first_error(server: Server) -> None:
    done = psql(server, stdin="SELECT 1;\nSELECT 1/0;\nSELECT 2;\n")
    assert done.stdout == "1\n"
    assert "division by zero" in done.stderr


def test_a_transaction_is_rolled_back_whole(server: Server, shoes: str) -> None:
    script = "BEGIN;\nINSERT INTO shoes (id) VALUES (9);\nSELECT count(*) FROM shoes;\nROLLBACK;\n"
    done = psql(server, stdin=script + "SELECT count(*) FROM shoes;\n")
    assert done.stdout.split() == ["BEGIN", "INSERT", "0", "1", "4", "ROLLBACK", "3"]


def test_statements_of_one_message_are_one_transaction(server: Server, shoes: str) -> None:
    psql(server, "INSERT INTO shoes (id) VALUES (10); SELECT nope")
    assert psql(server, "SELECT count(*) FROM shoes WHERE id = 10").stdout == "0\n"


def test_describe_shows_the_table(server: Server, shoes: str) -> None:
    done = psql(server, r"\d shoes", style="-A")
    assert "id|integer||not null|" in done.stdout
    assert "vec|vector(3)|||" in done.stdout
    assert '"shoes_pkey" PRIMARY KEY, btree (id)' in done.stdout
    assert '"shoes_vec" hnsw (vec vector_l2_ops)' in done.stdout


# Every command of psql 15 that lists or describes, and of psql 18 by its query of a server of 15.
BACKSLASH = r"""
\d \d+ \dS \dS+ \dP \dP+ \dPi \dPt+ \deu+ \db+ \dL+ \dLS+ \dx \dx+ \dA+ \dAo \dAo+ \dAc+
\dAf+ \dAp+ \df \df+ \daS \do+ \doS+ \dOS+ \dC+ \dcS+ \dD+ \dd \ddp \dE+ \des+ \det+ \dew+ \dF+ \dFd+ \dFp+
\da \dFt+ \dg+ \dgS+ \di+ \dl+ \lo_list \dm+ \dn+ \dnS+ \dp \z \dRp+ \dRs+ \drds \ds+ \dt+ \dtS \dtvmsi+ \dT+
\dTS+ \du+ \dv+ \dvS \dX+ \dy+ \dconfig \dconfig+ \l+ \encoding \conninfo
""".split()
DESCRIBED = (
    r"\sf+ lower(text)", r"\dx+ vector", r"\dAo+ hnsw vector_l2_ops", r"\df+ lower", r"\dconfig+ *",
    r"\dT+ vector", r"\d+ shoes",
)  # fmt: skip


def test_no_backslash_command_is_answered_by_an_error(server: Server, shoes: str) -> None:
    script = "\n".join((r"\set ON_ERROR_STOP off", *BACKSLASH, *DESCRIBED))
    done = psql(server, stdin=script, style="-A")
    said = [line for line in done.stderr.splitlines() if not line.startswith("Did not find any")]
    assert (said, done.returncode) == ([], 0)


def test_copy_takes_and_gives_csv(server: Server) -> None:
    psql(server, "CREATE TABLE copied (id int, name text, vec vector(2))")
    rows = '1,"a ""quoted"", name","[1,2]"\n2,,\n'
    done = psql(server, r"\copy copied FROM STDIN WITH (FORMAT csv)", stdin=rows)
    assert done.stdout == "COPY 2\n", done.stderr
    assert psql(server, r"\copy copied TO STDOUT WITH (FORMAT csv)").stdout == rows


def test_variables_and_set_reach_the_session(server: Server) -> None:
    done = psql(server, "SET vql.recall = 0.99", "SHOW vql.recall", "RESET ALL", "SHOW vql.recall")
    assert done.stdout == "SET\n0.99\nRESET\n0.95\n"


def test_notices_are_shown(server: Server) -> None:
    done = psql(server, "DROP TABLE IF EXISTS never_made")
    assert done.stdout == "DROP TABLE\n"
    assert 'NOTICE:  table "never_made" does not exist, skipping' in done.stderr


def test_many_rows_arrive(server: Server) -> None:
    done = psql(server, "SELECT * FROM generate_series(1, 20000)")
    assert done.stdout.split() == [str(i) for i in range(1, 20_001)]


def test_unicode_goes_both_ways(server: Server) -> None:
    assert psql(server, "SELECT 'žluťoučký 🐎'").stdout == "žluťoučký 🐎\n"
