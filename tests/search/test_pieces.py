"""What DuckDB answers with comes in arrays of any length, and is handed on in pieces: of every type they hold
the rows that the whole holds."""

from __future__ import annotations

from pathlib import Path

import pytest

import vql

ROWS = 2_100
# Column type, and the value of row n as text.
TYPES = {
    "int": "n::text",
    "text": "'t' || n",
    "bool": "(n % 2 = 0)::text",
    "float4": "(n / 4.0)::text",
    "numeric": "(n / 8.0)::text",
    "numeric(12,3)": "(n / 8.0)::text",
    "bytea": "'\\x' || to_hex(n + 4096)",
    "date": "(date '2020-01-01' + n)::text",
    "timestamp": "(timestamp '2020-01-01' + n * interval '1 hour')::text",
    "timestamptz": "(timestamptz '2020-01-01 00:00+00' + n * interval '1 hour')::text",
    "interval": "n || ' hours 1 mon'",
    "uuid": "lpad(n::text, 32, '0')",
    "jsonb": "'{\"a\": ' || n || '}'",
    "int4range": "'[' || n || ',' || n + 2 || ')'",
    "int[]": "'{' || n || ',NULL,' || n + 1 || '}'",
    "text[]": "'{a' || n || ',b}'",
    "inet": "'10.0.' || n / 250 || '.' || n % 250",
    "bit(16)": "n::bit(16)::text",
    "vector(2)": "'[' || n || ',' || n % 7 || ']'",
    "vector": "'[' || n || repeat(',' || n % 7, n % 3) || ']'",
    "halfvec(2)": "'[' || n % 1000 || ',' || n % 7 || ']'",
    "halfvec": "'[' || n % 1000 || repeat(',' || n % 7, n % 3) || ']'",
    "sparsevec(9)": "'{1:' || n + 1 || '}/9'",
    "vector(2)[]": "'{\"[' || n || ',1]\"}'",
}


@pytest.mark.parametrize("nulls", [False, True], ids=["known", "nulls"])
def test_pieces_hold_the_rows_of_the_whole(tmp_path: Path, nulls: bool) -> None:
    with vql.connect(tmp_path / "db") as connection:
        names = [f"c{number}" for number in range(len(TYPES))]
        columns = ", ".join(f"{name} {type_}" for name, type_ in zip(names, TYPES, strict=True))
        connection.execute(f"CREATE TABLE t (id int, {columns})")
        unknown = "CASE WHEN n % 5 = 0 THEN NULL ELSE ({})::{} END" if nulls else "({})::{}"
        values = ", ".join(unknown.format(made, type_) for type_, made in TYPES.items())
        connection.execute(f"INSERT INTO t SELECT n, {values} FROM generate_series(1, {ROWS}) n")
        session = connection.session
        for name, type_ in zip(names, TYPES, strict=True):
            # DuckDB computes it: a window, over all rows.
            sql = f"SELECT id, c FROM (SELECT id, {name} AS c, count(*) OVER () FROM t) q"
            result = session.execute(session.prepare(sql), streamed=True)
            assert result.stream is not None
            pieces = [piece.tuples() for batch in result.stream for piece in batch.pieces()]
            assert len(pieces) > 1
            found = {row[0]: str(row[1]) for piece in pieces for row in piece}
            of_table = connection.execute(f"SELECT id, {name} FROM t").fetchall()
            assert found == {key: str(value) for key, value in of_table}, type_
