"""Named points around durable steps where a test can have the process killed.

`VQL_FAILPOINT=name` or `name:n` kills the process with SIGKILL the first or n-th time it gets there.
"""

from __future__ import annotations

import os
import signal

# Those that a database passes while it is used; others are those of whole databases (`vql.session.cluster`).
POINTS = (
    "before-rename", "after-rename", "before-segment-file", "after-segment-file", "after-index-file",
    "before-seal-commit", "before-merge-commit", "before-commit", "after-log", "after-commit",
    "before-checkpoint", "after-checkpoint",
)  # fmt: skip


class Armed:
    """Which point kills, and how many times it is passed before; nothing outside of tests."""

    def __init__(self, text: str) -> None:
        self.arm(text)

    def arm(self, text: str) -> None:
        """Arm `name` or `name:n`; an empty text disarms."""
        self.name, _, count = text.partition(":")
        self.left = int(count or 1)


ARMED = Armed(os.environ.get("VQL_FAILPOINT", ""))


def failpoint(name: str) -> None:
    """Die here if this point is armed and its turn has come."""
    if ARMED.name != name:
        return
    ARMED.left -= 1
    if ARMED.left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
