"""What tests of searches share."""

from __future__ import annotations

import pytest

from vql.storage.index.build import Work

TIMES_AS_DEAR = 20


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
