"""Vectors read from their texts by DuckDB are those that the type reads, or are left to it."""

import numpy as np
import pytest

import vql
from vql.types.vectors.texts import matrix_of_texts
from vql.types.vectors.vector import VECTOR

COUNT = 12_000
ODD = (
    "[1,,2]", "[1,2,]", "[01,2]", "[+1,2]", "[.5,2]", "[1.,2]", "[1e400,1]", "[1e39,1]", "[nan,1]", "[-,1]",
    "[Infinity,1]", "[1 2,3]", "[]", "[1],[2,3]", "[1e,1]", "[-0,1]", "[-0 ,1]", "[1,-0]",
    "[-0.0,1]", "[-0e0,1]", "[0x1,1]", "[1,2]]", "[[1],2]", "[1,2] ", "  [1 , 2]", "[1,2]x", "", "[1,2][3,4]",
    "[1,[2]]", "[1],2]", "[1,2", "1,2]", '["1",2]', "[true,2]", "[null,2]", "[1,2,3]", "[1]", "null", "1",
    "[1_0,2]",
    "[\u0661,2]", "[1e-50,1]", "[1.5E+3,2e-3]", "[16777217,0.1]", "[\t1,2]",
)  # fmt: skip


@pytest.mark.parametrize("odd", ODD)
def test_a_text_is_the_vector_that_its_type_reads(odd: str) -> None:
    texts = ["[1,2]"] * COUNT + [odd, "[3,4]"]
    found = matrix_of_texts(texts, 2)
    if found is None:
        return
    expected = VECTOR.from_text(odd, 2)
    assert found[COUNT].tobytes() == np.asarray(expected, np.float32).tobytes(), odd


@pytest.mark.parametrize("width", [None, 7])
def test_numbers_are_those_written(width: int | None) -> None:
    rows = np.random.default_rng(5).standard_normal((2_000, 7)).astype(np.float32)
    rows[0, 0], rows[1, 1], rows[2, 2] = 0, 3.4e38, 1e-45
    found = matrix_of_texts([str(row.tolist()) for row in rows], width)
    assert found is not None
    assert np.array_equal(found, rows)


def test_rows_of_other_widths_are_left() -> None:
    assert matrix_of_texts(["[1,2]"] * COUNT, 3) is None
    assert matrix_of_texts(["[1,2]", "[1,2,3]"] * COUNT, None) is None
    assert matrix_of_texts(["[1,2]"], 2) is None  # too few to be worth it


@pytest.mark.parametrize("end", ["[1,2,]", "[1,2,3]", "[1,nan]", "[1,'2']"])
def test_copy_names_the_row(tmp_path, end: str) -> None:
    (tmp_path / "rows.csv").write_text("".join(f'{n},"[{n},-0]"\n' for n in range(COUNT)) + f'0,"{end}"\n')
    with vql.connect(tmp_path / "db") as connection:
        connection.execute("CREATE TABLE t (id int, v vector(2))")
        with pytest.raises(vql.DataError) as raised:
            connection.execute(f"COPY t FROM '{tmp_path / 'rows.csv'}' (FORMAT csv)")
        assert raised.value.context == f"COPY, row {COUNT + 1}, column v"
        assert connection.execute("SELECT count(*) FROM t").fetchall() == [(0,)]


def test_copy_keeps_the_sign_of_zero(tmp_path) -> None:
    (tmp_path / "rows.csv").write_text("".join(f'{n},"[{n},-0]"\n' for n in range(COUNT)))
    with vql.connect(tmp_path / "db") as connection:
        connection.execute("CREATE TABLE t (id int, v vector(2))")
        connection.execute(f"COPY t FROM '{tmp_path / 'rows.csv'}' (FORMAT csv)")
        found = connection.execute("SELECT v::text FROM t WHERE id IN (0, 11999) ORDER BY id").fetchall()
        assert found == [("[0,-0]",), ("[11999,-0]",)]
