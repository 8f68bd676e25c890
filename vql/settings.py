"""Settings of a session: SET, SHOW, RESET, with the names, bounds and texts clients expect.

Names of VQL, of pgvector and of Postgres that have an effect or that drivers set are known here;
a dotted name outside the reserved prefixes may be set freely, as in Postgres.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from vql.errors import InvalidParameterValue, ProgrammingError, UndefinedObject

RESERVED_PREFIXES = ("hnsw", "ivfflat", "vql")


@dataclass(frozen=True, slots=True)
class Setting:
    """`default` as shown; numbers carry bounds, words their choices; `fixed` cannot be set, a `duration` is
    in milliseconds unless its unit says otherwise."""

    default: str
    low: float | None = None
    high: float | None = None
    whole: bool = True
    choices: tuple[str, ...] = ()
    fixed: bool = False
    duration: bool = False


ON_OFF = ("on", "off")
LEVELS = ("serializable", "repeatable read", "read committed", "read uncommitted")
SETTINGS: dict[str, Setting] = {
    "vql.recall": Setting("0.95", 0.0, 1.0, whole=False),
    "vql.effort": Setting("0", 0, 1_000_000),
    "vql.recall_check": Setting("1000", 0, 1_000_000_000),
    "vql.as_of": Setting(""),
    "vql.threads": Setting("0", 0, 64),
    "hnsw.ef_search": Setting("40", 1, 1000),
    "hnsw.iterative_scan": Setting("off", choices=("off", "relaxed_order", "strict_order")),
    "hnsw.max_scan_tuples": Setting("20000", 1, 2147483647),
    "hnsw.scan_mem_multiplier": Setting("1", 1, 1000, whole=False),
    "ivfflat.probes": Setting("1", 1, 32768),
    "ivfflat.iterative_scan": Setting("off", choices=("off", "relaxed_order")),
    "ivfflat.max_probes": Setting("32768", 1, 32768),
    "enable_seqscan": Setting("on", choices=ON_OFF),
    "enable_indexscan": Setting("on", choices=ON_OFF),
    "statement_timeout": Setting("0", duration=True),
    "lock_timeout": Setting("0", duration=True),
    "idle_in_transaction_session_timeout": Setting("0", duration=True),
    "maintenance_work_mem": Setting("64MB"),
    "work_mem": Setting("4MB"),
    "max_parallel_maintenance_workers": Setting("2"),
    "max_parallel_workers": Setting("2"),
    "max_parallel_workers_per_gather": Setting("2"),
    "client_min_messages": Setting("notice"),
    "client_encoding": Setting("UTF8"),
    "server_encoding": Setting("UTF8", fixed=True),
    "server_version": Setting("15.18", fixed=True),
    "server_version_num": Setting("150018", fixed=True),
    "integer_datetimes": Setting("on", fixed=True),
    "extra_float_digits": Setting("1"),
    "datestyle": Setting("ISO, MDY"),
    "intervalstyle": Setting("postgres"),
    "timezone": Setting("UTC"),
    "search_path": Setting('"$user", public'),
    "application_name": Setting(""),
    "synchronous_commit": Setting("on"),
    "standard_conforming_strings": Setting("on"),
    "bytea_output": Setting("hex"),
    "default_transaction_isolation": Setting("read committed", choices=LEVELS),
    "default_transaction_read_only": Setting("off", choices=ON_OFF),
    "transaction_isolation": Setting("read committed", choices=LEVELS),
    "transaction_read_only": Setting("off", choices=ON_OFF),
    "session_authorization": Setting("vql"),
    "is_superuser": Setting("on", fixed=True),
    "jit": Setting("off"),
    "row_security": Setting("on"),
    "max_identifier_length": Setting("63", fixed=True),
    "in_hot_standby": Setting("off", fixed=True),
    "default_table_access_method": Setting("heap", fixed=True),
    "default_tablespace": Setting(""),
    "default_transaction_deferrable": Setting("off", choices=ON_OFF),
    "transaction_deferrable": Setting("off", choices=ON_OFF),
    "max_connections": Setting("500", fixed=True),
    "superuser_reserved_connections": Setting("3", fixed=True),
    "authentication_timeout": Setting("10s", fixed=True),
    "lc_collate": Setting("C", fixed=True),
    "lc_ctype": Setting("C", fixed=True),
    "block_size": Setting("8192", fixed=True),
    "backslash_quote": Setting("safe_encoding"),
    "quote_all_identifiers": Setting("off", choices=ON_OFF),
    "session_replication_role": Setting("origin"),
}  # fmt: skip
# Names as drivers expect them in ParameterStatus and SHOW.
DISPLAY = {"datestyle": "DateStyle", "timezone": "TimeZone", "intervalstyle": "IntervalStyle"}
WORDS = {"transaction isolation level": "transaction_isolation", "time zone": "timezone"}


# What the transaction has decided, and what it is where there is none.
OF_TRANSACTION = {
    "transaction_isolation": "default_transaction_isolation",
    "transaction_read_only": "default_transaction_read_only",
}


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
    isolation: str
    read_only: bool


class Settings:
    """The values one session has set; what it has not set is what the server has decided, or the default.
    `parsed` is what statements read of them."""

    def __init__(self, decided: Mapping[str, str] = MappingProxyType({})) -> None:
        self._decided = decided
        self._values: dict[str, str] = {}
        self._before_local: dict[str, str | None] = {}
        self._transaction: dict[str, str] = {}
        self.version = 0  # changes when any value may have
        self.parsed = self._parse()

    def get(self, name: str) -> str:
        """Return a setting's value as text. Raises 42704 for an unknown name."""
        key = folded(name)
        if key in OF_TRANSACTION:
            return self._transaction.get(key) or self.get(OF_TRANSACTION[key])
        if key in self._values:
            return self._values[key]
        setting = SETTINGS.get(key)
        if setting is None:
            raise UndefinedObject(f'unrecognized configuration parameter "{name}"')
        return self._decided.get(key, setting.default)

    def set(self, name: str, value: str | None, *, local: bool = False) -> None:
        """Set a value, or the default where None. Raises 22023, 42602, 42704, 55P02."""
        key = folded(name)
        if key == "all" and value is None:
            self.reset()
            return
        setting = known(key, name)
        if value is not None and value.lower() == "default":
            value = None
        if value is not None and setting is not None:
            value = checked(key, setting, value)
        if local and key not in self._before_local:
            self._before_local[key] = self._values.get(key)
        if value is None:
            self._values.pop(key, None)
        else:
            self._values[key] = value
        self._changed()

    def reset(self) -> None:
        """Forget every value: RESET ALL, DISCARD ALL."""
        self._values.clear()
        self._before_local.clear()
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
            milliseconds(self.get("statement_timeout")),
            milliseconds(self.get("lock_timeout")),
            self.get("default_transaction_isolation"),
            self.get("default_transaction_read_only") == "on",
        )

    def begin_transaction(self, isolation: str, read_only: bool) -> None:
        """Take note of the modes of the open transaction."""
        modes = (isolation, "on" if read_only else "off")
        self._transaction = dict(zip(OF_TRANSACTION, modes, strict=True))

    def end_transaction(self) -> None:
        """Forget the transaction's modes, and undo SET LOCAL."""
        self._transaction = {}
        if not self._before_local:
            return
        for key, value in self._before_local.items():
            if value is None:
                self._values.pop(key, None)
            else:
                self._values[key] = value
        self._before_local.clear()
        self._changed()

    def items(self) -> list[tuple[str, str]]:
        """Return every known setting and its value, for SHOW ALL."""
        return [(DISPLAY.get(name, name), self.get(name)) for name in sorted(SETTINGS)]

    def given_items(self) -> list[tuple[str, str]]:
        """Return the settings that this session, or its transaction, has set."""
        return [*self._values.items(), *((name, self.get(name)) for name in OF_TRANSACTION)]

    def given(self, name: str) -> bool:
        """Whether this session has set a value."""
        return folded(name) in self._values


def folded(name: str) -> str:
    """Return a setting's name in lower case, spelled as one word."""
    lower = " ".join(name.lower().split())
    return WORDS.get(lower, lower)


def known(key: str, name: str) -> Setting | None:
    """Return the setting, None for a free dotted name; raises for names that cannot be set."""
    setting = SETTINGS.get(key)
    if setting is None:
        prefix, dot, _ = key.partition(".")
        if dot and prefix in RESERVED_PREFIXES:
            raise ProgrammingError(
                f'invalid configuration parameter name "{name}"',
                sqlstate="42602",
                detail=f'"{prefix}" is a reserved prefix.',
            )
        if not dot:
            raise UndefinedObject(f'unrecognized configuration parameter "{name}"')
        return None
    if setting.fixed:
        raise ProgrammingError(f'parameter "{name}" cannot be changed', sqlstate="55P02")
    return setting


def checked(key: str, setting: Setting, value: str) -> str:
    """Return the value in its canonical spelling. Raises 22023 with Postgres' texts."""
    if setting.choices:
        word = {"true": "on", "1": "on", "yes": "on", "false": "off", "0": "off", "no": "off"}.get(
            value.lower(), value.lower()
        )
        if word not in setting.choices:
            raise InvalidParameterValue(
                f'invalid value for parameter "{key}": "{value}"',
                hint=f"Available values: {', '.join(setting.choices)}.",
            )
        return word
    if setting.duration:
        milliseconds(value, key)
    if setting.low is not None and setting.high is not None:
        try:
            number = float(value)
        except ValueError:
            raise InvalidParameterValue(f'invalid value for parameter "{key}": "{value}"') from None
        if setting.whole and number != int(number):
            raise InvalidParameterValue(f'invalid value for parameter "{key}": "{value}"')
        if not setting.low <= number <= setting.high:
            raise InvalidParameterValue(
                f"{value} is outside the valid range for parameter "
                f'"{key}" ({setting.low:g} .. {setting.high:g})'
            )
    return value


def milliseconds(value: str, name: str = "statement_timeout") -> int:
    """Return a timeout such as '500', '500ms', '2s' or '1min' in milliseconds. Raises 22023."""
    text = value.strip().lower()
    for suffix, factor in (("ms", 1), ("min", 60_000), ("s", 1_000), ("h", 3_600_000), ("", 1)):
        if text.endswith(suffix) and text.removesuffix(suffix).strip().isdigit():
            return int(text.removesuffix(suffix)) * factor
    raise InvalidParameterValue(f'invalid value for parameter "{name}": "{value}"')
