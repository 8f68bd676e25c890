"""Random statements have PostgreSQL's answers, but for what `known.tsv` lists; nothing is listed in vain."""

import known
import operations
import pytest
import sides
from differential import COUNT, SEED, Run, report


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    with sides.with_tables(tmp_path_factory.mktemp("sides"), large=False) as made:
        yield made


def test_what_is_known_to_differ_differs(both):
    listed = known.read()
    vain = [line.sql for line in listed if known.present(both, line) is None]
    assert not vain, f"these {len(vain)} are right now: make differential ARGS=--rewrite"


def test_random_statements_have_postgresql_s_answers(both):
    run = Run(both, operations.read(both.postgres.connection, both.types), SEED, known.read(), learns=False)
    run.compose(range(COUNT), COUNT)
    if run.found.wrong():
        pytest.fail(report(run.found), pytrace=False)
