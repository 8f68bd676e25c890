"""What is told of one client's statements: to the log, and to what is counted.

Which statements are logged is the session's to say, by settings that are a superuser's; `settle` reads them
when they may have changed, so that a statement meets the outcome alone: `is_timing` is false where nobody
wants its time.
"""

from __future__ import annotations

from time import time_ns

from vql.errors import Error
from vql.server.monitoring.activity import ActivitySlot
from vql.server.monitoring.counts import StatementCounts
from vql.server.monitoring.logs import ERROR, LEVELS, LOG, Speaker, report
from vql.settings.quantities import MILLISECONDS, quantity
from vql.settings.settings import Settings


class StatementWatch:
    """One session's. `statement` is the text at hand, "" between two messages."""

    def __init__(self, settings: Settings, counts: StatementCounts | None) -> None:
        self.statement = ""
        self.speaker: Speaker | None = None
        self._settings = settings
        self._counts = counts
        self._ended_us = 0
        self.settle()

    def settle(self) -> None:
        """Read the settings."""
        get = self._settings.get
        limit_ms = quantity("", get("log_min_duration_statement"), MILLISECONDS)
        self._slow_us = None if limit_ms < 0 else limit_ms * 1_000
        self._logs_errors = LEVELS[get("log_min_messages")] <= ERROR
        self._logs_statements = LEVELS[get("log_min_error_statement")] <= ERROR
        self.is_timing = self._counts is not None or self._slow_us is not None

    def completed(self, tag: str, activity: ActivitySlot | None) -> None:
        """Take note of a statement that has ended well; one message may have several. Where `is_timing`."""
        # It is run for each statement where metrics are asked for: 1 % of a short one is what it may take.
        if activity is None:  # the client has gone, and with it when its statement began
            return
        now_us, begun_us = time_ns() // 1000, self._ended_us
        activity.ended_us = now_us
        if activity.statement_us > begun_us:
            begun_us = activity.statement_us
        self._ended_us, elapsed_us = now_us, now_us - begun_us
        if elapsed_us < 0:  # the clock was set back
            return
        if self._counts is not None:
            counts = self._counts.by_tag.get(tag) or self._counts.learn(tag)
            counts[elapsed_us.bit_length()] += 1
            counts[-1] += elapsed_us
        if self._slow_us is not None and elapsed_us >= self._slow_us:
            text = f"duration: {elapsed_us / 1e3:.3f} ms  statement: {self.statement}"
            report(LOG, text, self.speaker)

    def failed(self, error: Error) -> None:
        """Take note of a statement that has failed."""
        if self._counts is not None:
            self._counts.errors[error.sqlstate] += 1
        if self._logs_errors:
            report(ERROR, error.message, self.speaker, error, self.statement if self._logs_statements else "")
