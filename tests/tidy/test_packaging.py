"""What is installed is what lies in the folders, and loads only what it needs."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tomllib

import pytest
from sources import ROOT, sources

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_every_folder_with_code_is_packaged():
    packages = {module for module, path in sources().items() if path.name == "__init__.py"}
    assert packages == set(PROJECT["tool"]["setuptools"]["packages"])
    holders = {module.rpartition(".")[0] for module, path in sources().items() if path.name != "__init__.py"}
    assert holders <= packages


def test_rooms_are_packaged_below_vql_and_linked_there():
    folders = PROJECT["tool"]["setuptools"]["package-dir"]
    for package, folder in folders.items():
        if package != "vql":
            link = ROOT / "vql" / folder
            assert link.is_symlink() and link.resolve() == ROOT / folder


@pytest.mark.parametrize("name", ["executor", "storage", "server", "grammar"])
def test_no_general_name_lands_on_the_users_path(name, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    # pytest puts the project's root and folders of tests on the path; users have neither.
    ours = (str(ROOT / "tests"), str(ROOT / "bench"))
    kept = [e for e in sys.path if e not in ("", ".", str(ROOT)) and not e.startswith(ours)]
    monkeypatch.setattr(sys, "path", kept)
    monkeypatch.delitem(sys.modules, name, raising=False)  # a test may have found it by the project's root
    assert importlib.util.find_spec(name) is None


def test_the_command_and_the_version_are_the_packages():
    import vql

    assert PROJECT["project"]["scripts"] == {"vql": "vql.shell.main:main"}
    assert PROJECT["project"]["version"] == vql.__version__
    assert PROJECT["project"]["license"] == "Apache-2.0"


def loaded_by(program: str) -> set[str]:
    """Return the top-level modules a fresh interpreter has after a program."""
    program += "; import sys; print(' '.join({name.split('.')[0] for name in sys.modules}))"
    return set(subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout.split())


def test_importing_vql_loads_no_heavy_library():
    assert "numpy" not in loaded_by("import vql")  # whose BLAS starts threads, which no server may have
    loaded = loaded_by("import vql; vql.connect")
    assert "numpy" in loaded
    assert loaded.isdisjoint({"duckdb", "prompt_toolkit", "pygments", "faiss", "pyarrow", "pandas", "polars"})


def test_scalar_statements_load_neither_duckdb_nor_faiss(tmp_path):
    loaded = loaded_by(
        f"import vql; c = vql.connect({str(tmp_path / 'db')!r});"
        "c.execute('CREATE TABLE t (a int PRIMARY KEY)');"
        "c.execute('INSERT INTO t VALUES (1)'); c.execute('SELECT a FROM t WHERE a = 1').fetchall()"
    )
    assert loaded.isdisjoint({"duckdb", "faiss", "pyarrow", "pandas"})


def test_dependencies_are_documented():
    text = (ROOT / "docs" / "dependencies.md").read_text()
    project = PROJECT["project"]
    for requirement in [*project["dependencies"], *sum(project["optional-dependencies"].values(), [])]:
        name = requirement.split(">")[0].split("[")[0].split(";")[0].strip()
        assert f"| {name} |" in text, f"docs/dependencies.md does not say why {name}"


def test_nothing_names_the_machine_it_was_written_on():
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if files.returncode:
        pytest.skip("not a git checkout")
    for name in files.stdout.splitlines():
        path = ROOT / name
        if path.suffix in (".py", ".md", ".toml", ".lark", ".sql", ".yml", "") and path.is_file():
            text = path.read_text(errors="replace")
            for word in ("/ho" + "me/", "/wo" + "rk/", "/ro" + "ot/"):
                assert word not in text, f"{name} holds {word}"


def test_no_two_tests_have_a_file_of_one_name():
    """pytest imports a test by its name alone; helpers that tests share are imported so, too."""
    names = [path.name for path in (ROOT / "tests").glob("*/*.py") if path.name != "conftest.py"]
    assert sorted(names) == sorted(set(names))
