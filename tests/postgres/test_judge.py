"""The judge itself."""


def test_the_judge_is_postgresql_18_with_pgvector(postgres):
    assert postgres.execute("SELECT current_setting('server_version_num')::int / 10000").fetchone() == (18,)
    assert postgres.execute("SELECT '[1,2]'::vector <-> '[1,3]'").fetchone() == (1.0,)
