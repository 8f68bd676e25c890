"""What the benchmarks say is so: windows keep their share, truth is truth, faults are counted."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.cases import KINDS, K, filtered, score, unfiltered
from bench.measure import least_effort
from bench.peers.peer import BEAMS
from bench.plot import frontier
from bench.report import RAW, Row, filter_table, keep_rows, speed_table
from bench.sets import generate, searchable

ROOT = Path(__file__).resolve().parents[2]
ROWS, QUERIES = 2_000, 20


@pytest.fixture(scope="module", params=["clustered", "uneven-norms", "shifted-queries"])
def data(request):
    return generate(request.param, ROWS)


@pytest.fixture(scope="module")
def base(data):
    """The rows as they are compared, in float64."""
    return searchable(data.metric, data.base).astype(np.float64)


def brute_force(data, base, case, number):
    """The answer in plain float64 numpy: row numbers, nearest first."""
    query = searchable(data.metric, data.queries[case.picks[number]][None])[0].astype(np.float64)
    near = -(base @ query) if data.metric == "ip" else ((base - query) ** 2).sum(1)
    window = case.window(number)
    if window is not None:
        value = data.columns[window.column]
        near[(value < window.low) | (value >= window.high)] = np.inf
    order = np.argsort(near, kind="stable")[:K]
    return order[np.isfinite(near[order])]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.5, 0.03, 0.001])
@pytest.mark.parametrize("constants", ["fresh", "repeated"])
def test_exact_answers_under_a_filter_score_one(data, base, kind, share, constants):
    case = filtered(data, kind, share, constants, QUERIES)
    found = [brute_force(data, base, case, number) for number in range(QUERIES)]
    got = score(data, searchable(data.metric, data.base), case, found, range(QUERIES))
    assert (got.recall, got.short, got.wrong) == (1.0, 0.0, 0.0)
    assert len(set(case.lows.tolist())) == 1 or constants == "fresh"
    for number in range(QUERIES):
        window = case.window(number)
        value = data.columns[window.column]
        passing = ((value >= window.low) & (value < window.high)).sum()
        assert abs(passing - share * ROWS) <= 1
        assert len(found[number]) == min(K, passing)


def test_inside_filters_keep_neighbours_and_far_ones_none(data, base):
    def kept(kind):
        """The share of the true neighbours that pass a filter of a tenth."""
        case = filtered(data, kind, 0.1, "fresh", QUERIES)
        free = replace(case, kind="all")
        hits = [
            np.isin(brute_force(data, base, free, n), brute_force(data, base, case, n)).mean()
            for n in range(QUERIES)
        ]
        return float(np.mean(hits))

    assert kept("far") < 0.05 < kept("random") < 0.2 < kept("inside")


def test_missing_far_and_double_rows_are_counted(data, base):
    case = unfiltered(data, QUERIES)
    base = searchable(data.metric, data.base)
    exact = [brute_force(data, base, case, number) for number in range(QUERIES)]
    half = score(data, base, case, [ids[:5] for ids in exact], range(QUERIES))
    assert (half.recall, half.short, half.wrong) == (0.5, 1.0, 0.0)
    twice = score(data, base, case, [np.r_[ids[:9], ids[:1]] for ids in exact], range(QUERIES))
    assert (twice.recall, twice.short, twice.wrong) == (0.9, 1.0, 1.0)
    none = score(data, base, case, [np.empty(0, np.int64)] * QUERIES, range(QUERIES))
    assert (none.recall, none.short) == (0.0, 1.0)
    tenth = filtered(data, "random", 0.1, "fresh", QUERIES)
    outside = score(data, base, tenth, exact, range(QUERIES))
    assert outside.wrong > 0.5 and outside.recall < 0.6


@pytest.mark.parametrize("enough", [10, 33, 1000, 5000])
def test_the_least_effort_that_reaches_is_found(enough):
    found = least_effort(BEAMS, lambda effort: float(effort >= enough), 1.0)
    assert found == next((effort for effort in BEAMS if effort >= enough), BEAMS[-1])


def test_later_rows_replace_equal_ones(tmp_path):
    row = Row("set", "all", 1.0, "", 0.95, "vql auto", 0.96, 0.0, 200.0)
    raw = replace(row, who=RAW, rate=100.0)
    keep_rows(tmp_path / "rows.json", [row, raw])
    rows = keep_rows(tmp_path / "rows.json", [replace(row, rate=300.0)])
    assert len(rows) == 2
    assert "| vql auto | 3.00 |" in speed_table(rows)
    filtered_row = replace(row, kind="random", share=0.1, constants="fresh", rate=60.0, recall=0.5)
    assert "60 **0.500** | 0.20 |" in filter_table([*rows, filtered_row])


def test_only_points_that_none_beats_are_drawn():
    assert frontier([(0.9, 10), (0.95, 12), (0.99, 3), (0.98, 3)]) == [(0.95, 12), (0.99, 3)]


def test_the_document_takes_what_was_measured(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "load.md").write_text("## Rows\n\n| a |\n")
    (out / "recall.png").write_bytes(b"picture")
    page = tmp_path / "page.md"
    blocks = ["load.md", "recall.png", "absent.md"]
    page.write_text("".join(f"<!-- measured {name} -->\nold\n<!-- /measured -->\n" for name in blocks))
    command = ["-m", "bench.document", "--out", str(out), "--document", str(page)]
    for _ in range(2):
        subprocess.run([sys.executable, *command], check=True, cwd=ROOT)
        text = page.read_text()
        assert "### Rows" in text and "](bench-recall.png)" in text and text.count("old") == 1
    assert (tmp_path / "bench-recall.png").read_bytes() == b"picture"
