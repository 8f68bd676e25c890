"""What the shell's lists ask of the catalog, a real PostgreSQL answers as well."""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stderr, redirect_stdout

from vql.shell.main import main

MADE = """
DROP SCHEMA IF EXISTS listed CASCADE;
CREATE SCHEMA listed;
SET search_path = listed, public;
CREATE TABLE tags (id int PRIMARY KEY);
CREATE TABLE shoes (id int PRIMARY KEY, brand text UNIQUE DEFAULT 'x', vec vector(3), CHECK (id > 0));
CREATE INDEX near ON shoes USING hnsw (vec vector_l2_ops);
CREATE VIEW brands AS SELECT brand FROM shoes;
CREATE SEQUENCE numbers;
CREATE FUNCTION next_to(a int) RETURNS int LANGUAGE sql AS 'SELECT a + 1';
\\set QUIET off
"""
COMMANDS = r"""
\d \d+ shoes \d tags \d near \d+ brands \d numbers \dt+ \dv+ \dm+ \di+ \ds+ \dn+ \df+ \dT+ \du+ \dp \dx+ \dAc
\l+ \dtS \dti
\sf next_to
\sv brands
\dconfig work_m*
\conninfo
DROP SCHEMA listed CASCADE;
"""


def test_every_list_is_answered_by_postgresql(postgres_uri, monkeypatch):
    out, errors = io.StringIO(), io.StringIO()
    script = f"{MADE}{COMMANDS}".replace(" \\", "\n\\")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(script.encode())))
    with redirect_stdout(out), redirect_stderr(errors):
        status = main([postgres_uri])
    said = errors.getvalue().replace("Did not find any relations.\n", "")
    assert (status, [line for line in said.splitlines() if line.startswith("ERROR")]) == (0, [])
    for text in ('Table "listed.shoes"', "hnsw (vec vector_l2_ops)", "next_to | integer", "work_mem"):
        assert text in out.getvalue()
