"""Named points around durable steps where a test can have the process killed.

`VQL_FAILPOINT=name` or `name:n` kills the process with SIGKILL the first or n-th time it gets there.
"""

from __future__ import annotations

import os
import signal

_ARMED = os.environ.get("VQL_FAILPOINT", "")
_LEFT = [int(_ARMED.partition(":")[2] or 1)]


def failpoint(name: str) -> None:
    """Die here if the environment says so."""
    if not _ARMED or _ARMED.partition(":")[0] != name:
        return
    _LEFT[0] -= 1
    if _LEFT[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
