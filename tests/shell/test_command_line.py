"""`vql PATH -c`, files and pipes: what comes out, where, and with which status."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from vql.shell.main import main

TABLE = "CREATE TABLE shoes (id int PRIMARY KEY, brand text, price float8, vec vector(2))"
ROWS = "INSERT INTO shoes VALUES (1, 'x', 1.5, '[1,2]'), (2, NULL, 20, NULL), (3, 'long name', NULL, '[0,0]')"


@pytest.fixture
def shop(run):
    assert run("-c", TABLE, "-c", ROWS).returncode == 0
    return run


def test_statements_print_tags_and_tables_as_psql_does(run):
    done = run("-c", TABLE, "-c", f"{ROWS}; SELECT id, brand, price FROM shoes ORDER BY id")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "CREATE TABLE\n"
        "INSERT 0 3\n"
        " id |   brand   | price \n"
        "----+-----------+-------\n"
        "  1 | x         |   1.5\n"
        "  2 |           |    20\n"
        "  3 | long name |      \n"
        "(3 rows)\n\n"
    )


def test_the_statement_of_the_card_runs(shop):
    sql = "SELECT id FROM shoes ORDER BY l2(vec, '[1,2]') LIMIT 10 WHERE brand = 'x'"
    assert shop("--csv", "-c", sql).stdout == "id\n1\n"


def test_an_error_shows_the_place_and_ends_with_status_one(shop):
    done = shop("-c", "SELECT id,\n  nope FROM shoes", "-c", "SELECT id FROM shoes")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(
        'ERROR:  column "nope" does not exist\nLINE 2:   nope FROM shoes\n          ^\n'
    )


def test_a_pipe_stops_at_its_first_error_and_rolls_back(shop):
    done = shop(stdin="BEGIN;\nDELETE FROM shoes;\nSELEC 1;\nCOMMIT;\n")
    assert done.returncode == 1
    assert done.stdout == "BEGIN\nDELETE 3\n"
    assert 'syntax error at or near "SELEC"' in done.stderr
    assert shop("--csv", "-c", "SELECT id FROM shoes").stdout == "id\n1\n2\n3\n"


def test_a_script_may_break_lines_anywhere_and_leave_out_the_last_semicolon(shop):
    script = "-- shoes; all\nSELECT id\nFROM shoes WHERE brand = 'a;b'; SELECT id FROM\n\nshoes\nWHERE id = 2"
    assert shop("--csv", stdin=script).stdout == "id\nid\n2\n"


def test_commands_and_statements_mix_in_a_script(shop):
    done = shop(stdin="\\x on\nSELECT id, brand FROM shoes WHERE id = 3;\n\\x off\n\\echo done\n")
    assert done.stdout == (
        "Expanded display is on.\n"
        "-[ RECORD 1 ]----\n"
        "id    | 3\n"
        "brand | long name\n\n"
        "Expanded display is off.\n"
        "done\n"
    )


def test_copy_reads_the_lines_that_follow(shop):
    done = shop(
        stdin="COPY shoes (id, brand) FROM STDIN;\n7\tseven\n8\t\\N\n\\.\nSELECT id FROM shoes WHERE id > 6\n"
    )
    assert done.stdout.startswith("COPY 2\n id \n----\n  7\n  8\n(2 rows)\n")


def test_copy_files_go_out_and_come_back(shop, tmp_path: Path):
    file = tmp_path / "it's.csv"
    name = str(file).replace("'", "''")
    out = shop("-c", f"\\copy shoes TO '{name}' WITH (FORMAT csv, HEADER)", "-c", "DELETE FROM shoes")
    assert out.stdout == "COPY 3\nDELETE 3\n"
    assert file.read_text() == 'id,brand,price,vec\n1,x,1.5,"[1,2]"\n2,,20,\n3,long name,,"[0,0]"\n'
    assert shop("-c", f"\\copy shoes FROM '{name}' WITH (FORMAT csv, HEADER)").stdout == "COPY 3\n"
    file.write_text("9,y\n")
    written = shop("-c", f"\\copy (SELECT id FROM shoes ORDER BY id LIMIT 1) TO {tmp_path}/ids.txt")
    assert written.stdout == "COPY 1\n"
    assert shop("-c", f"\\copy shoes (id) from {tmp_path}/ids.txt;").stderr.startswith(
        "ERROR:  duplicate key"
    )
    assert "the name of a file" in shop("-c", "\\copy shoes FROM stdin").stderr

    bad = shop("-c", f"\\copy shoes FROM '{name}' WITH (FORMAT csv)")
    assert bad.returncode == 1
    assert bad.stderr == 'ERROR:  missing data for column "price"\nCONTEXT:  COPY, row 1\n'


def test_included_files_end_at_their_first_error(shop, tmp_path: Path):
    file = tmp_path / "more.sql"
    file.write_text("INSERT INTO shoes (id) VALUES (4);\nSELECT nope;\nDELETE FROM shoes;\n")
    done = shop("-c", f"\\i {file}")
    assert done.returncode == 1
    assert done.stdout == "INSERT 0 1\n"
    assert shop("-f", str(tmp_path / "none.sql")).returncode == 1
    assert "(0 rows)" in shop("-c", "SELECT id FROM shoes WHERE id = 5").stdout
    file.write_text(f"\\i {file}\n")
    assert "too deeply" in shop("-c", f"\\i {file}").stderr


def test_describing_a_table(shop):
    shop("-c", "CREATE INDEX near ON shoes USING hnsw (vec vector_cosine_ops) WITH (m = 8)")
    text = shop("-c", "\\d shoes").stdout
    assert '  Table "public.shoes"\n' in text
    assert " id     | integer          | not null | \n" in text
    assert '    "shoes_pkey" PRIMARY KEY, btree (id)\n' in text
    assert "    \"near\" hnsw (vec vector_cosine_ops) WITH (m='8')\n" in text
    assert shop("-c", "\\d nope").stderr == 'ERROR:  Did not find any relation named "nope".\n'
    assert "near" in shop("-c", "\\di n*").stdout
    assert "shoes" in shop("-c", "\\dt").stdout
    assert shop("-c", "\\dt z*").stderr == 'Did not find any relation named "z*".\n'


def test_unknown_commands_point_to_the_list(run):
    done = run("-c", "\\nope")
    assert (done.returncode, done.stderr) == (1, "ERROR:  invalid command \\nope\nHINT:  Try \\? for help.\n")
    listed = run("-c", "\\?").stdout
    for name in ("\\d[S+] [NAME]", "\\timing", "\\copy", "\\i FILE", "\\q"):
        assert name in listed


def test_timing_is_printed_after_each_statement(shop):
    assert "Time: " in shop("--timing", "-c", "SELECT id FROM shoes").stdout


def test_quit_ends_a_script_at_once(run):
    done = run(stdin="\\q\nSELEC 1;\n")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_notices_go_to_stderr(shop):
    done = shop("-c", "DROP TABLE IF EXISTS nope")
    assert done.stdout == "DROP TABLE\n"
    assert done.stderr == 'NOTICE:  table "nope" does not exist, skipping\n'


def test_a_folder_that_is_no_database_is_refused(run, folder: Path):
    folder.mkdir()
    (folder / "main.mdb").write_bytes(b"not a database" * 1000)
    done = run("-c", "SELECT 1")
    assert done.returncode == 1
    assert done.stderr.startswith(f"vql: cannot open {folder}\nERROR:  ")


def test_a_reader_who_leaves_early_is_no_error(shop, folder: Path):
    shop("-c", "INSERT INTO shoes (id) VALUES " + ",".join(f"({i})" for i in range(10, 5000)))
    command = f"{sys.executable} -m vql.shell.main {folder} -c 'SELECT id FROM shoes' | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=100)
    assert (done.stdout, done.stderr) == (" id  \n", "") or done.stdout.strip() == "id"
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["serve", "--help"], ["check", "--help"]])
def test_help_says_how_to_use_it(arguments):
    command = [sys.executable, "-m", "vql", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0
    assert "PATH" in done.stdout.upper()


def test_scripts_do_not_load_the_prompt(folder: Path):
    program = (
        "import sys; from vql.shell.main import main;"
        "main([sys.argv[1], '--create', '-c', 'CREATE TABLE t (a int)']);"
        "print([m for m in ('prompt_toolkit', 'pygments', 'duckdb') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder)], capture_output=True, text=True, timeout=100
    )
    assert done.stdout == "CREATE TABLE\n[]\n"


def test_check_reports_damage_and_ends_with_status_one(shop, folder: Path, capsys):
    shop("-c", "INSERT INTO shoes (id) VALUES (4)", "-c", "VACUUM shoes")
    assert main(["check", str(folder)]) == 0
    assert capsys.readouterr().out == f"{folder}: no problems found\n"
    segment = next((folder / "segments").glob("*.mdb"))
    content = bytearray(segment.read_bytes())
    content[len(content) // 2 :] = bytes(len(content) - len(content) // 2)
    segment.write_bytes(content)
    assert main(["check", str(folder)]) == 1
    out = capsys.readouterr().out
    assert segment.name in out and "found" in out
    assert main(["check", str(folder / "nowhere")]) == 1
    assert "cannot check" in capsys.readouterr().err


@pytest.fixture
def beside(tmp_path: Path) -> Path:
    """A folder with a database called shoes in it."""
    assert main([str(tmp_path / "shoes"), "--create", "-c", "CREATE TABLE t (a int)"]) == 0
    return tmp_path


def test_a_path_without_a_database_is_refused_in_scripts(beside: Path, capsys):
    capsys.readouterr()
    assert main([str(beside / "shose"), "-c", "SELECT 1"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert f"ERROR:  there is no database in {beside}/shose\n" in said.err
    assert f"HINT:  Did you mean {beside}/shoes? If not, --create makes one" in said.err
    assert main([str(beside), "-c", "SELECT 1"]) == 1, "a folder that holds something else is none either"
    assert main([str(beside / "other"), "--create", "-c", "SELECT 1"]) == 0
    assert sorted(path.name for path in beside.iterdir()) == ["other", "shoes"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "vql: which database?"),
        (["db", "--crate"], "vql: there is no option --crate; did you mean --create?"),
        (["db", "SELECT 1"], 'vql: unexpected argument "SELECT 1": statements are given with -c'),
        (["db", "-c"], "vql: argument -c: expected one argument"),
    ],
)
def test_a_mistaken_command_line_is_told_what_is_wrong(arguments, said, capsys):
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    text = capsys.readouterr().err
    assert text.startswith(said) and text.endswith("Try vql --help.\n")
