"""Nothing acknowledged is lost and nothing is half there, wherever a process is killed."""

from __future__ import annotations

import random

import pytest
from killing import kill_round
from workload import Model

from vql.storage.files.failpoint import POINTS


def test_killed_at_any_moment(tmp_path):
    model, generator, commits = Model(), random.Random(7), 0
    for seed in range(12):
        moment = (generator.randint(0, 8), generator.uniform(0.0, 0.02))
        commits += kill_round(tmp_path / "db", model, seed, "", moment)
    assert commits > 20


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_failpoint(tmp_path, point):
    model = Model()
    for seed, turn in ((100, 1), (101, 3)):
        kill_round(tmp_path / "db", model, seed, f"{point}:{turn}", None)
