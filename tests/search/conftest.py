"""What tests of searches share."""

from __future__ import annotations

import pytest

from vql.storage.index.dense.build import Work
from vql.storage.index.dense.recall import Measure

TIMES_AS_DEAR = 10


@pytest.fixture(scope="module")
def dear_scans():
    """Have indexes built meanwhile take an exact scan for much dearer than it was measured: they are asked,
    however fast the machine compares all rows."""
    measured = Work.scan_costs
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            Work, "scan_costs", lambda work: {n: TIMES_AS_DEAR * us for n, us in measured(work).items()}
        )
        yield


@pytest.fixture(scope="module")
def cheap_family():
    """Return a function that has indexes built from now on take "graphs" or "lists" for much cheaper than
    they were measured, as they may be on a busy machine, so that these are asked for all there is."""
    measured = Measure._times
    with pytest.MonkeyPatch.context() as patch:

        def have(cheap: str) -> None:
            def times(measure, probe, *rest):
                breadths, spent = measured(measure, probe, *rest)
                factor = TIMES_AS_DEAR if cheap == ("graphs" if probe.family.is_graph else "lists") else 1
                return breadths, [us / factor for us in spent]

            patch.setattr(Measure, "_times", times)

        yield have
