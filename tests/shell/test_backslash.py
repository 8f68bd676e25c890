"""What the shell's own commands do in scripts: as psql's."""

from __future__ import annotations

from pathlib import Path

import pytest

SCHEMA = """
CREATE TABLE shoes (id int PRIMARY KEY, brand text NOT NULL DEFAULT 'x', vec vector(3), CHECK (id > 0));
CREATE INDEX near ON shoes USING hnsw (vec vector_l2_ops);
CREATE SCHEMA warehouse;
CREATE TABLE warehouse.boxes (
    id int REFERENCES shoes (id) ON DELETE CASCADE, n int GENERATED ALWAYS AS IDENTITY
);
CREATE VIEW brands AS SELECT brand FROM shoes;
CREATE SEQUENCE numbers INCREMENT 5;
CREATE FUNCTION next_to(a int) RETURNS int LANGUAGE sql AS 'SELECT a + 1';
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE ROLE seller LOGIN;
COMMENT ON TABLE shoes IS 'all there are';
COMMENT ON COLUMN shoes.brand IS 'who made it';
INSERT INTO shoes VALUES (1, 'x', '[1,2,3]'), (2, 'y', NULL);
"""


@pytest.fixture
def shop(run):
    done = run(stdin=SCHEMA)
    assert (done.returncode, done.stderr) == (0, "")

    def start(*lines: str, arguments: tuple[str, ...] = ()):
        return run(*arguments, stdin="".join(f"{line}\n" for line in lines))

    return start


# ------------------------------------------------------------------ the catalog


LISTS = [
    (
        "\\d",
        [
            "public | brands  | view",
            "public | numbers | sequence",
            "public | shoes   | table",
            "(3 rows)",
        ],
    ),
    ("\\dt", [" public | shoes | table | vql", "(1 row)"]),
    ("\\dt+", ["all there are", "permanent"]),
    ("\\dt *.*x*", [" warehouse | boxes | table"]),
    ("\\dt warehouse.*", ["warehouse | boxes", "(1 row)"]),
    ("\\dtv", ["shoes", "brands", "(2 rows)"]),
    ("\\dv", ["public | brands | view"]),
    ("\\ds", ["public | numbers | sequence"]),
    ("\\di", ["near", "shoes_pkey", "(2 rows)"]),
    ("\\di+ n*", ["hnsw", "(1 row)"]),
    ("\\dn", ["public", "warehouse", "(2 rows)"]),
    ("\\df", ["public | next_to | integer", "a integer", "(1 row)"]),
    ("\\df l2_d*", ["l2_distance | double precision", "vector, vector"]),
    ("\\dT mood", ["mood"]),
    ("\\dT+ mood", ["good", "bad"]),
    ("\\du", ["seller", "vql", "Superuser"]),
    ("\\dp shoes", ["public | shoes | table"]),
    ("\\dx", ["vector"]),
    ("\\l", ["shop", "UTF8"]),
    ("\\dAc hnsw", ["vector_cosine_ops"]),
    ("\\dconfig vql.rec*", ["vql.recall"]),
    ("\\sf next_to", ["CREATE OR REPLACE FUNCTION public.next_to(a integer)", "SELECT a + 1"]),
    ("\\sv brands", ["CREATE OR REPLACE VIEW brands AS"]),
    ("\\conninfo", ["(embedded)"]),
]


def test_the_catalog_is_listed(shop):
    for command, expected in LISTS:
        done = shop(command)
        assert (done.returncode, done.stderr) == (0, ""), command
        assert [text for text in expected if text not in done.stdout] == [], f"{command}\n{done.stdout}"


def test_a_relation_is_described_in_full(shop):
    text = shop("\\d+ shoes").stdout
    assert '"public.shoes"\n' in text
    assert " brand  | text      | not null | 'x'::text | who made it\n" in text
    assert '    "near" hnsw (vec vector_l2_ops)\n' in text
    assert 'Check constraints:\n    "shoes_id_check" CHECK (' in text
    assert 'Referenced by:\n    TABLE "boxes" CONSTRAINT "boxes_id_fkey" FOREIGN KEY (id) ' in text
    text = shop("\\d warehouse.boxes").stdout
    assert "| not null | generated always as identity\n" in text
    assert 'Foreign-key constraints:\n    "boxes_id_fkey" FOREIGN KEY (id) REFERENCES shoes(id) ' in text
    assert 'hnsw (vec vector_l2_ops), for table "public.shoes"\n' in shop("\\d near").stdout
    assert "View definition:\n" in shop("\\d+ brands").stdout
    assert "|         5 | no      |" in shop("\\d numbers").stdout
    assert shop('\\d "SHOES"').returncode == 1
    assert '"public.shoes"' in shop("\\d SHOES").stdout
    assert 'HINT:  Did you mean "shoes"?' in shop("\\d shose").stderr


# ------------------------------------------------------------------ the statement that is typed


def test_a_statement_is_run_by_a_command_behind_it(shop, tmp_path: Path):
    file = tmp_path / "out.txt"
    done = shop(
        "SELECT id FROM shoes ORDER BY id \\gx",
        "\\g",
        f"SELECT 1 AS a, 2 AS b \\g (format=csv) {file}",
        "SELECT 'piped' \\g (tuples_only=on) |tr a-z A-Z",
    )
    assert done.stdout.startswith(
        "-[ RECORD 1 ]\nid | 1\n-[ RECORD 2 ]\nid | 2\n\n id \n----\n  1\n  2\n(2 rows)\n"
    )
    assert file.read_text() == "a,b\n1,2\n"


def test_a_statement_that_fails_in_a_command_ends_the_script(shop, tmp_path: Path):
    for command in (
        "SELECT nope \\g",
        "SELECT nope \\gx",
        "SELECT 'SELECT nope' \\gexec",
        "SELECT nope \\gset",
    ):
        done = shop(command, "\\echo behind")
        assert (done.returncode, done.stdout) == (1, ""), command
        assert done.stderr.count("ERROR") == 1 and 'column "nope" does not exist' in done.stderr


def test_variables_are_set_by_hand_and_from_answers(shop):
    done = shop(
        "\\pset tuples_only on", "\\pset format unaligned",
        "\\set n 2", "\\set who 'it''s'",
        "SELECT id, brand FROM shoes WHERE id = :n \\gset shoe_",
        "SELECT :'who' || :'shoe_brand', :shoe_id;",
        "SELECT :{?n}, :ROW_COUNT;",
        "\\unset n", "\\echo :n :shoe_id",
        "SELECT 1 WHERE false \\gset",
        arguments=("-q",),
    )  # fmt: skip
    assert done.stdout == "it'sy|2\nt|1\n:n 2\n"
    assert (done.returncode, done.stderr) == (1, "ERROR:  no rows returned for \\gset\n")


def test_a_mistake_is_noted_in_variables_and_may_be_passed_over(shop):
    done = shop(
        "\\set ON_ERROR_STOP off", "SELECT nope;", "\\echo :ERROR :SQLSTATE", "SELECT 1;", "\\echo :ERROR"
    )
    assert done.returncode == 0
    assert done.stdout == "true 42703\n ?column? \n----------\n        1\n(1 row)\n\nfalse\n"


def test_variables_that_would_be_swallowed_are_refused(shop):
    assert shop("\\set AUTOCOMMIT on", "\\set ON_ERROR_STOP on").returncode == 0
    assert "variable AUTOCOMMIT of psql is not supported" in shop("\\set AUTOCOMMIT off").stderr
    assert 'unrecognized value "often" for "VERBOSITY"' in shop("\\set VERBOSITY often").stderr
    assert shop("\\set VERBOSITY sqlstate", "SELECT nope;").stderr == "ERROR:  42703\n"


def test_answers_are_run_as_statements(shop):
    done = shop(
        "SELECT 'CREATE TABLE t' || n || ' (a int)' FROM generate_series(1, 2) n \\gexec",
        "\\dt t?",
        "\\p",
        "\\r",
    )
    assert done.stdout.startswith("CREATE TABLE\nCREATE TABLE\n")
    assert "(2 rows)" in done.stdout and "Query buffer reset" in done.stdout


def test_a_statement_is_watched(shop):
    done = shop("SELECT 7 AS n \\watch 0 2", "\\watch i=0 c=1")
    assert done.returncode == 0
    assert done.stdout.count("(every 0s)") == done.stdout.count("\n 7\n") == 3
    assert "neither seconds nor a count" in shop("SELECT 1 \\watch often").stderr


def test_statements_of_one_text_are_one_transaction(shop):
    done = shop("INSERT INTO shoes (id) VALUES (7) \\; INSERT INTO shoes (id) VALUES (1);")
    assert done.returncode == 1
    assert "(2 rows)" in shop("SELECT id FROM shoes;").stdout
    assert shop("SELECT 1 AS a \\; SELECT 2 AS b;").stdout.count("(1 row)") == 2


def test_an_editor_changes_the_statement(shop, monkeypatch):
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", "sed -i 's/1/2/; s/$/;/'")
    assert shop("SELECT 1 AS n \\e").stdout == "SELECT 2 AS n;\n n \n---\n 2\n(1 row)\n\n"
    monkeypatch.setenv("EDITOR", "false")
    assert "the editor false failed" in shop("SELECT 1 \\e").stderr


# ------------------------------------------------------------------ files and programs


def test_results_go_to_a_file_and_back(shop, tmp_path: Path):
    file = tmp_path / "out.txt"
    done = shop(f"\\o {file}", "SELECT 1 AS a;", "\\qecho there", "\\echo here", "\\o", "SELECT 2 AS b;")
    assert done.stdout == "here\n b \n---\n 2\n(1 row)\n\n"
    assert file.read_text() == " a \n---\n 1\n(1 row)\n\nthere\n"
    assert shop(f"\\o {tmp_path}/none/x").returncode == 1


def test_a_command_may_read_some_of_the_results(shop, capfd):
    done = shop("SELECT generate_series(1, 100000) \\g (tuples_only=on) |head -1", "\\echo done")
    assert (done.returncode, done.stdout) == (0, "done\n")
    assert capfd.readouterr().out == f"{1:>16}\n"


def test_the_statement_is_written_and_programs_are_run(shop, tmp_path: Path, capfd):
    shop(
        f"SELECT 1 \\w {tmp_path}/q.sql",
        f"\\! cp {tmp_path}/q.sql {tmp_path}/r.sql",
        "\\echo :SHELL_EXIT_CODE",
    )
    assert (tmp_path / "r.sql").read_text() == "SELECT 1\n"
    assert "there is no history" in shop("\\s").stderr


# ------------------------------------------------------------------ how it looks, and help


def test_answers_are_shown_as_pset_says(shop):
    query = "SELECT id, vec FROM shoes WHERE id = 2;"
    done = shop("\\pset null NULL", query, "\\pset border 2", "\\pset footer off", query, "\\a", "\\t", query)
    assert done.stdout == (
        'Null display is "NULL".\n'
        " id | vec  \n----+------\n  2 | NULL\n(1 row)\n\n"
        "Border style is 2.\nDefault footer is off.\n"
        "+----+------+\n| id | vec  |\n+----+------+\n|  2 | NULL |\n+----+------+\n\n"
        "Output format is unaligned.\nTuples only is on.\n"
        "2|NULL\n"
    )
    assert "unknown option: colour" in shop("\\pset colour red").stderr
    assert '"html" is none of aligned, csv, unaligned' in shop("\\pset format html").stderr
    assert "null                     ''" in shop("\\pset").stdout


def test_help_says_how_a_statement_is_written(shop):
    assert "LIMIT n" in shop("\\h select").stdout
    assert shop("\\h create snapshot;").stdout == "CREATE SNAPSHOT name\n"
    assert "CREATE SCHEMA" in shop("\\h CREATE").stdout
    assert "  TRUNCATE\n" in shop("\\h").stdout
    assert "Did you mean \\h SELECT?" in shop("\\h selec").stderr


def test_words_that_are_misspelled_are_named(shop):
    assert "HINT:  Did you mean SELECT?\n" in shop("SELCT 1;").stderr
    assert 'HINT:  Did you mean "shoes"?\n' in shop("SELECT * FROM shoess;").stderr
    assert "HINT:  Did you mean \\timing? " in shop("\\timng").stderr
    assert "Did you mean" not in shop("SELECT * FROM elephants;").stderr


def test_words_of_the_prompt_are_statements_in_a_script(shop):
    done = shop("quit")
    assert (done.returncode, done.stdout) == (1, "")
    assert 'syntax error at or near "quit"' in done.stderr


def test_the_command_line_sets_what_commands_set(shop):
    done = shop("SELECT :n, NULL;", arguments=("-At", "-v", "n=5", "-P", "null=-"))
    assert done.stdout == "5|-\n"
    assert shop("SELECT 1;", arguments=("-P", "frame=1")).returncode == 2
