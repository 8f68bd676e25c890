"""Settings of a session: SET, SHOW, RESET, with the names, bounds and texts clients expect.

A session's value is what its transaction or it has set, else what was decided for it
(`vql.settings.decided`), else the default (`vql.settings.known`).
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import TypeVar

from vql.calendar.style import Style, style_of
from vql.dataclass import dataclass
from vql.errors import UndefinedObject
from vql.settings.decided import Decided
from vql.settings.known import (
    DISPLAY,
    IDENTITY,
    LISTED,
    OF_TRANSACTION,
    SETTINGS,
    checked,
    folded,
    known,
    require_of_sessions,
)
from vql.settings.quantities import MILLISECONDS, EndLimits, quantity


def schemas_of(path: str, user: str, temporary: str = "") -> tuple[str, ...]:
    """Return the schemas that a search_path names, whether they are there or not; the session's `temporary`
    one comes first where it is not named."""
    named = [quoted or bare.lower() for quoted, bare in LISTED.findall(path)]
    before = (temporary,) if temporary and "pg_temp" not in named else ()
    meant = {"$user": user, "pg_temp": temporary or "pg_temp"}
    return (*before, *[meant.get(name, name.replace('""', '"')) for name in named])


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a statement reads of the settings, as values; None: no effort, no number of threads is asked."""

    recall: float
    recall_given: bool
    effort: int | None
    index_only_rows: bool
    recall_check: int
    threads: int | None
    as_of: str
    timeout_ms: int
    lock_timeout_ms: int
    ends: EndLimits
    style: Style
    isolation: str
    read_only: bool
    is_synchronous: bool  # a commit is durable when it returns
    search_path: tuple[str, ...]
    role: str  # "" is the database's owner


Mark = tuple[dict[str, str], dict[str, str | None]]
Value = TypeVar("Value", str, str | None)


class Settings:
    """The values one session has set; what it has not set is what the server has decided, or the default.
    `parsed` is what statements read of them."""

    def __init__(self, decided: Decided = MappingProxyType({}), user: str = "", owner: str = "") -> None:
        """`decided` is what the server has decided; `user` is who has logged in, `owner` the name of the
        database's."""
        # Both are replaced, never changed. What the session begins with goes before what the server says.
        self.decided: Decided = decided
        self._begins_with: Decided = {}
        self._user = user
        self._owner = owner
        # Told who the session wants to be; raises where it may not.
        self.admit: Callable[[str, str | None], None] = lambda key, name: None
        self.is_superuser: Callable[[], bool] = lambda: True
        # Both are replaced, never changed: a mark of them is what they are.
        self._values: dict[str, str] = {}
        self._before_local: dict[str, str | None] = {}  # what SET LOCAL has hidden
        self._begun: Mark | None = None  # when the open transaction began
        self._transaction: dict[str, str] = {}
        self.temporary = ""  # the session's temporary schema, where it has one
        self.version = 0  # changes when any value may have
        self.parsed = self._parse()

    def decide(self, decided: Decided) -> None:
        """Take what the server has decided from now on."""
        self.decided = {**decided, **self._begins_with}
        self._changed()

    def begin_with(self, started: Decided) -> None:
        """Take what is decided for this session alone, as by ALTER ROLE ... SET, from its beginning to its
        end."""
        self._begins_with = {**self._begins_with, **started}
        self.decide({**self.decided, **started})

    def search_temporary(self, name: str) -> None:
        """Let the search path lead to the session's temporary schema."""
        self.temporary = name
        self._changed()

    def get(self, name: str) -> str:
        """Return a setting's value as text. Raises 42704 for an unknown name."""
        key = name if name in SETTINGS else folded(name)
        if key in OF_TRANSACTION:
            return self._transaction.get(key) or self.get(OF_TRANSACTION[key])
        if key in self._values:
            return self._values[key]
        if key == "session_authorization":
            return self._user
        if key == "is_superuser":
            return "on" if not self.parsed.role or self.is_superuser() else "off"
        if key in self.decided:
            return self.decided[key].value
        setting = SETTINGS.get(key)
        if setting is None:
            raise UndefinedObject(f'unrecognized configuration parameter "{name}"')
        return setting.default

    def check(self, name: str, value: str | None) -> str | None:
        """Return a value in its normal form, None for the default. Raises 22023, 42602, 42704, 55P02,
        0A000."""
        key = folded(name)
        setting = known(key, name)
        if key in IDENTITY:
            named = None if value is None or (key == "role" and value == "none") else value
            self.admit(key, named)
            return named
        if setting is not None:
            require_of_sessions(setting, name, not self.parsed.role or self.is_superuser())
        if value is None or value.lower() == "default":
            return None
        return value if setting is None else checked(key, setting, value, self.get(key))

    def set(self, name: str, value: str | None, *, local: bool = False) -> None:
        """Set a value, or the default where None. Raises what `check` does."""
        key = folded(name)
        if key == "all" and value is None:
            self.reset()
            return
        value = self.check(name, value)
        if not local:
            self._before_local = _with(self._before_local, key)
        elif key not in self._before_local:
            self._before_local = {**self._before_local, key: self._values.get(key)}
        self._values = _with(self._values, key, value)
        if key == "session_authorization":
            self._values = _with(self._values, "role")
        self._changed()

    def configure(self, name: str, value: str | None, local: bool) -> str:
        """Set a value as set_config() does, one of the transaction only where one is open, and return it in
        its normal form. Raises what `check` does."""
        if local and not self._transaction:
            made = self.check(name, value)
            return made if made is not None else self._without(folded(name))
        self.set(name, value, local=local)
        return self.get(name)

    def _without(self, key: str) -> str:
        """Return the value of what the session has not set."""
        return self.decided[key].value if key in self.decided else SETTINGS[key].default

    def reset(self) -> None:
        """Forget every value, but for who the session is: RESET ALL."""
        self._values = {key: value for key, value in self._values.items() if key in IDENTITY}
        self._before_local = {key: old for key, old in self._before_local.items() if key in IDENTITY}
        self._changed()

    def mark(self) -> Mark:
        """Return what is set now, for `restore`."""
        return self._values, self._before_local

    def restore(self, mark: Mark) -> None:
        """Set what was set at a mark: what came behind it is undone."""
        if mark != self.mark():
            self._values, self._before_local = mark
            self._changed()

    def _changed(self) -> None:
        self.version += 1
        self.parsed = self._parse()

    def _parse(self) -> Parsed:
        effort = int(self.get("vql.effort"))
        if not effort and self.given("hnsw.ef_search"):
            effort = int(self.get("hnsw.ef_search"))
        return Parsed(
            float(self.get("vql.recall")),
            self.given("vql.recall"),
            effort or None,
            self.get("enable_seqscan") == "off",
            int(self.get("vql.recall_check")),
            int(self.get("vql.threads")) or None,
            self.get("vql.as_of"),
            quantity("statement_timeout", self.get("statement_timeout"), MILLISECONDS),
            quantity("lock_timeout", self.get("lock_timeout"), MILLISECONDS),
            EndLimits.read(self.get),
            style_of(
                self.get("datestyle"),
                self.get("intervalstyle"),
                self.get("timezone"),
                self.get("bytea_output"),
                int(self.get("extra_float_digits")),
            ),
            self.get("default_transaction_isolation"),
            self.get("default_transaction_read_only") == "on",
            self.get("synchronous_commit") != "off",
            schemas_of(self.get("search_path"), self.role, self.temporary),
            "" if self.role == self._owner else self.role,
        )

    @property
    def role(self) -> str:
        """Who the session is now."""
        role = self.get("role")
        return self.get("session_authorization") if role == "none" else role

    def begin_transaction(self, isolation: str, read_only: bool, deferrable: bool) -> None:
        """Take note of the modes of the open transaction."""
        if not self._transaction:
            self._begun = self.mark()
        modes = (isolation, *("on" if each else "off" for each in (read_only, deferrable)))
        self._transaction = dict(zip(OF_TRANSACTION, modes, strict=True))

    def keep(self) -> None:
        """Take note that the transaction has committed what it has set."""
        self._begun = None

    def end_transaction(self) -> None:
        """Forget the transaction's modes, and undo SET LOCAL, and SET where it has not committed."""
        self._transaction = {}
        if self._begun is not None:
            self.restore(self._begun)
            self._begun = None
        elif self._before_local:
            for key, value in self._before_local.items():
                self._values = _with(self._values, key, value)
            self._before_local = {}
            self._changed()

    def items(self) -> list[tuple[str, str]]:
        """Return every known setting and its value, for SHOW ALL."""
        return [(DISPLAY.get(name, name), self.get(name)) for name in sorted(SETTINGS)]

    def given_items(self) -> list[tuple[str, str]]:
        """Return the settings that this session, or its transaction, has set."""
        return [*self._values.items(), *((name, self.get(name)) for name in OF_TRANSACTION)]

    def given(self, name: str) -> bool:
        """Whether a value was set, by the session or for it."""
        key = folded(name)
        return key in self._values or key in self.decided


def _with(values: dict[str, Value], key: str, value: Value | None = None) -> dict[str, Value]:
    """Return values with one more, or without it where None."""
    others = {name: old for name, old in values.items() if name != key}
    return others if value is None else {**others, key: value}
