"""The conversations behind a page: each tab of a browser has some, one a lane, so that a search runs beside a
statement of the editor.

A lane runs one piece of work at a time. Where work `replaces`, what runs is cancelled and the newest waits
for its end: a slider that moves asks for what is under it now. `Lanes.lock` is for the table of lanes,
`Lane.guard` for what runs in it; neither is held while a statement runs.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from vql.errors import Error, ObjectInUse, OperationalError, QueryCanceled
from vql.link.link import Link, Outcome

T = TypeVar("T")
# Conversations of all pages; who comes later takes the place of one that has been idle longest.
LANES_MAX = 24
IDLE_S = 900.0
# Answers of a lane whose rows can still be asked for.
ANSWERS_KEPT = 4
# A statement that is cancelled ends within 0.2 s, one on a server a round trip later.
CANCEL_AGAIN_S, CANCEL_SECONDS = 0.05, 10.0
# Errors behind which a conversation is no more: the next work opens another.
LOST = ("08", "57P")


class Turn:
    """One piece of work in a lane: `ask` runs statements until it is cancelled or replaced."""

    def __init__(self, lane: Lane, link: Link) -> None:
        self.lane = lane
        self.link = link
        self.is_over = False

    def ask(self, sql: str) -> list[Outcome]:
        """Run a text. Raises Error, 57014 where the work is no longer wanted."""
        if self.is_over:
            raise QueryCanceled("canceling statement due to user request")
        return self.link.run(sql)

    def rows(self, sql: str) -> list[list[str | None]]:
        """Run one query and return its rows."""
        return [list(row) for row in self.ask(sql)[-1].rows]

    def keep(self, answer: Outcome) -> int:
        """Keep an answer for what is asked of its rows later; returns its number."""
        return self.lane.keep(answer)


class Lane:
    """One conversation. `link` is opened by the first work."""

    def __init__(self, open_link: Callable[[], Link]) -> None:
        self._open = open_link
        self._link: Link | None = None
        self._turn = threading.Lock()
        self.guard = threading.Lock()
        self._running: Turn | None = None
        self._newest = 0
        self._kept: dict[int, Outcome] = {}
        self._numbers = 0
        self.waiting = 0
        self.used_s = time.monotonic()

    @property
    def status(self) -> str:
        """The state of the transaction block: I, T or E."""
        return self._link.status if self._link is not None else "I"

    @property
    def is_running(self) -> bool:
        """Whether a piece of work is under way."""
        return self._running is not None

    def work(self, run: Callable[[Turn], T], *, replaces: bool) -> T:
        """Run a piece of work. Raises 55006 where another runs, 57014 where a newer one replaced it."""
        with self.guard:
            self.waiting += 1
            self._newest += 1
            mine = self._newest
        try:
            if replaces:
                self._wait_turn(mine)
            elif not self._turn.acquire(blocking=False):
                raise ObjectInUse("a statement is running: cancel it, or wait")
            try:
                return run(self._begin())
            except Error as error:
                if error.sqlstate.startswith(LOST):
                    self._part()
                raise
            finally:
                with self.guard:
                    self._running = None
                self._turn.release()
        finally:
            self.used_s = time.monotonic()
            with self.guard:
                self.waiting -= 1

    def _begin(self) -> Turn:
        if self._link is None:
            self._link = self._open()
        turn = Turn(self, self._link)
        with self.guard:
            self._running = turn
        return turn

    def _wait_turn(self, mine: int) -> None:
        """Cancel what runs till it has ended, unless newer work comes. A cancel just before a statement
        begins is forgotten there, so it is said again."""
        pause_s = CANCEL_AGAIN_S
        while True:
            if mine != self._newest:
                raise QueryCanceled("replaced by a newer question")
            if self._turn.acquire(timeout=pause_s if self._interrupt() else CANCEL_AGAIN_S):
                return
            pause_s = min(2 * pause_s, 1.0)

    def _interrupt(self, turn: Turn | None = None) -> bool:
        """Cancel once what runs, or a turn if it still does; False where it does not."""
        with self.guard:
            running = self._running
            if running is None or turn not in (None, running):
                return False
            running.is_over = True
            running.link.cancel()
            return True

    def cancel(self) -> bool:
        """Stop what runs, and wait for its end as long as that may take; False where nothing runs. A
        statement that has not begun yet does not begin."""
        turn, pause_s, ends_s = self._running, CANCEL_AGAIN_S, time.monotonic() + CANCEL_SECONDS
        if turn is None:
            return False
        while self._interrupt(turn) and time.monotonic() < ends_s:
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, 1.0)
        return True

    def keep(self, answer: Outcome) -> int:
        """Keep an answer; the oldest goes."""
        with self.guard:
            self._numbers += 1
            self._kept[self._numbers] = answer
            while len(self._kept) > ANSWERS_KEPT:
                del self._kept[next(iter(self._kept))]
            return self._numbers

    def kept(self, number: int) -> Outcome:
        """Return an answer that was kept. Raises 02000."""
        with self.guard:
            if number not in self._kept:
                raise Error("the answer is no longer kept: ask again", sqlstate="02000")
            return self._kept[number]

    def close(self) -> None:
        """End the conversation, what runs first."""
        self.cancel()
        with self._turn:
            self._part()

    def _part(self) -> None:
        if self._link is not None:
            with suppress(Error):
                self._link.close()
            self._link = None


class Lanes:
    """The lanes of all pages, by the page's own number and the lane's name."""

    def __init__(self, open_link: Callable[[], Link]) -> None:
        self._open = open_link
        self.lock = threading.Lock()
        self._lanes: dict[tuple[str, str], Lane] = {}

    def lane(self, page: str, name: str) -> Lane:
        """Return a lane of a page, a new one where there is none. Raises 53300 where all are at work."""
        surplus = None
        with self.lock:
            found = self._lanes.get((page, name))
            if found is None:
                if len(self._lanes) >= LANES_MAX:
                    surplus = self._lanes.pop(self._longest_idle())
                found = self._lanes[page, name] = Lane(self._open)
        if surplus is not None:
            surplus.close()
        return found

    def _longest_idle(self) -> tuple[str, str]:
        # One that is in a transaction goes last: its changes would be undone.
        idle = [(lane.status, lane.used_s, place) for place, lane in self._lanes.items() if not lane.waiting]
        if not idle:
            raise OperationalError("too many pages are at work: close some", sqlstate="53300")
        return min(idle, key=lambda each: (each[0] != "I", each[1]))[2]

    def close_idle(self) -> None:
        """End conversations in which nothing was asked for long."""
        before = time.monotonic() - IDLE_S
        with self.lock:
            over = [p for p, lane in self._lanes.items() if not lane.waiting and lane.used_s < before]
            lanes = [self._lanes.pop(place) for place in over]
        for lane in lanes:
            lane.close()

    def close(self) -> None:
        """End all of them."""
        with self.lock:
            lanes = list(self._lanes.values())
            self._lanes.clear()
        for lane in lanes:
            lane.close()
