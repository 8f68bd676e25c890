"""Settings of a session: SET, SHOW, RESET, with the names, bounds and texts clients expect.

Names of VQL, of pgvector and of Postgres that have an effect or that drivers set are known here;
a dotted name outside the reserved prefixes may be set freely, as in Postgres.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeVar

from vql.calendar.style import Style, normal_datestyle, normal_intervalstyle, session_zone, style_of
from vql.dataclass import dataclass
from vql.errors import InvalidParameterValue, NotSupportedError, ProgrammingError, UndefinedObject
from vql.limits import IDENTIFIER_BYTES_MAX
from vql.settings.quantities import INTEGER_MAX, KILOBYTES, MILLISECONDS, EndLimits, Unit, quantity
from vql.types.forms.encodings import CODECS, encoding_named

RESERVED_PREFIXES = ("hnsw", "ivfflat", "vql")


@dataclass(frozen=True, slots=True)
class Setting:
    """`default` as shown; numbers carry bounds, and a unit where they are sizes or durations, words their
    choices; `fixed` cannot be set. Of the values allowed only those for which `works` says so can be had."""

    default: str
    low: float | None = None
    high: float | None = None
    whole: bool = True
    choices: tuple[str, ...] = ()
    fixed: bool = False
    unit: Unit | None = None
    normal: Callable[[str, str], str] | None = None  # the normal form of a value, what was before behind it
    works: Callable[[str], bool] | None = None


def _encoding(text: str, before: str) -> str:
    """Return PostgreSQL's name of an encoding. Raises 22023, 0A000."""
    found, message = encoding_named(text), f'invalid value for parameter "client_encoding": "{text}"'
    if found is None:
        raise InvalidParameterValue(message)
    if found not in CODECS:
        raise NotSupportedError(message, detail=f"Conversion between {found} and UTF8 is not supported.")
    return found


def _printable(text: str, before: str) -> str:
    """Return a text of printable ASCII characters, other bytes written by their numbers."""
    shown = "".join(chr(byte) if 0x20 <= byte < 0x7F else f"\\x{byte:02x}" for byte in text.encode())
    return shown[:IDENTIFIER_BYTES_MAX]


def _duration() -> Setting:
    return Setting("0", 0, INTEGER_MAX, unit=MILLISECONDS)


def _memory(default: str) -> Setting:
    return Setting(default, 64, INTEGER_MAX, unit=KILOBYTES)


def schemas_of(path: str, user: str, temporary: str = "") -> tuple[str, ...]:
    """Return the schemas that a search_path names, whether they are there or not; the session's `temporary`
    one comes first where it is not named."""
    named = [quoted or bare.lower() for quoted, bare in LISTED.findall(path)]
    before = (temporary,) if temporary and "pg_temp" not in named else ()
    meant = {"$user": user, "pg_temp": temporary or "pg_temp"}
    return (*before, *[meant.get(name, name.replace('""', '"')) for name in named])


def _names_listed(text: str, before: str) -> str:
    """Return a list of names as it is. Raises 22023 for another text."""
    rest = LISTED.sub("", text)
    if rest.replace(",", "").strip() or rest.count(",") != max(len(LISTED.findall(text)) - 1, 0):
        shown = f'invalid value for parameter "search_path": "{text}"'
        raise InvalidParameterValue(shown, detail="List syntax is invalid.")
    return text


# A name of a list, in quotes or without.
LISTED = re.compile(r'"((?:[^"]|"")*)"|([^\s,"]+)')
ON_OFF = ("on", "off")
# Messages and pictures of numbers are those of no language.
LOCALE = Setting("C", works=lambda text: text in ("", "C", "POSIX", "C.UTF-8", "C.utf8"))
WORKERS = Setting("2", 0, 1024)
MESSAGES = ("debug5", "debug4", "debug3", "debug2", "debug1", "log", "notice", "warning", "error")
COMMITS = ("local", "remote_write", "remote_apply", "on", "off")
LEVELS = ("serializable", "repeatable read", "read committed", "read uncommitted")
# What PostgreSQL weighs plans by, which are chosen otherwise here.
COST_MAX = 1.79769e308
PLANS = {
    **dict.fromkeys(
        ("enable_bitmapscan", "enable_gathermerge", "enable_hashagg", "enable_hashjoin",
         "enable_incremental_sort", "enable_indexonlyscan", "enable_material", "enable_memoize",
         "enable_mergejoin", "enable_nestloop", "enable_parallel_append", "enable_parallel_hash",
         "enable_sort", "enable_tidscan", "geqo"),
        Setting("on", choices=ON_OFF),
    ),
    "seq_page_cost": Setting("1", 0, COST_MAX, whole=False),
    "random_page_cost": Setting("4", 0, COST_MAX, whole=False),
    "cpu_tuple_cost": Setting("0.01", 0, COST_MAX, whole=False),
    "cpu_index_tuple_cost": Setting("0.005", 0, COST_MAX, whole=False),
    "cpu_operator_cost": Setting("0.0025", 0, COST_MAX, whole=False),
    "parallel_setup_cost": Setting("1000", 0, COST_MAX, whole=False),
    "parallel_tuple_cost": Setting("0.1", 0, COST_MAX, whole=False),
    "hash_mem_multiplier": Setting("2", 1, 1000, whole=False),
    "cursor_tuple_fraction": Setting("0.1", 0, 1, whole=False),
    "from_collapse_limit": Setting("8", 1, INTEGER_MAX),
    "join_collapse_limit": Setting("8", 1, INTEGER_MAX),
    "default_statistics_target": Setting("100", 1, 10_000),
    "effective_io_concurrency": Setting("16", 0, 1000),
    "plan_cache_mode": Setting("auto", choices=("auto", "force_generic_plan", "force_custom_plan")),
    "constraint_exclusion": Setting("partition", choices=("partition", *ON_OFF)),
}  # fmt: skip
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
    "statement_timeout": _duration(),
    "lock_timeout": _duration(),
    "idle_in_transaction_session_timeout": _duration(),
    "idle_session_timeout": _duration(),
    "transaction_timeout": _duration(),
    "maintenance_work_mem": _memory("64MB"),
    "work_mem": _memory("4MB"),
    "max_parallel_maintenance_workers": WORKERS,
    "max_parallel_workers": WORKERS,
    "max_parallel_workers_per_gather": WORKERS,
    "client_min_messages": Setting("notice", choices=MESSAGES),
    "client_encoding": Setting("UTF8", normal=_encoding),
    "server_encoding": Setting("UTF8", fixed=True),
    "server_version": Setting("15.18", fixed=True),
    "server_version_num": Setting("150018", fixed=True),
    "integer_datetimes": Setting("on", fixed=True),
    "extra_float_digits": Setting("1", -15, 3),
    "datestyle": Setting("ISO, MDY", normal=normal_datestyle),
    "intervalstyle": Setting("postgres", normal=lambda text, before: normal_intervalstyle(text)),
    "timezone": Setting("UTC", normal=lambda text, before: session_zone(text).name),
    "search_path": Setting('"$user", public', normal=_names_listed),
    "application_name": Setting("", normal=_printable),
    "synchronous_commit": Setting("on", choices=COMMITS),
    "standard_conforming_strings": Setting("on", choices=ON_OFF, works=lambda text: text == "on"),
    "escape_string_warning": Setting("on", choices=ON_OFF),
    "bytea_output": Setting("hex", choices=("escape", "hex")),
    "default_transaction_isolation": Setting("read committed", choices=LEVELS),
    "default_transaction_read_only": Setting("off", choices=ON_OFF),
    "transaction_isolation": Setting("read committed", choices=LEVELS),
    "transaction_read_only": Setting("off", choices=ON_OFF),
    "session_authorization": Setting("vql"),
    "is_superuser": Setting("on", fixed=True),
    "ssl": Setting("off", fixed=True),
    "jit": Setting("off", choices=ON_OFF),
    **PLANS,
    "password_encryption": Setting("scram-sha-256", works=lambda text: text == "scram-sha-256"),
    "row_security": Setting("on", choices=ON_OFF),
    "max_identifier_length": Setting("63", fixed=True),
    "in_hot_standby": Setting("off", fixed=True),
    "default_table_access_method": Setting("heap", works=lambda text: text == "heap"),
    "check_function_bodies": Setting("on", choices=ON_OFF),
    "xmloption": Setting("content", choices=("content", "document")),
    "synchronize_seqscans": Setting("on", choices=ON_OFF),
    "array_nulls": Setting("on", choices=ON_OFF, works=lambda text: text == "on"),
    "transform_null_equals": Setting("off", choices=ON_OFF, works=lambda text: text == "off"),
    "default_with_oids": Setting("off", choices=ON_OFF, works=lambda text: text == "off"),
    "max_prepared_transactions": Setting("0", fixed=True),
    "role": Setting("none"),
    **dict.fromkeys(("lc_messages", "lc_monetary", "lc_numeric", "lc_time"), LOCALE),
    "default_tablespace": Setting("", works=lambda text: text in ("", "pg_default")),
    "default_transaction_deferrable": Setting("off", choices=ON_OFF),
    "transaction_deferrable": Setting("off", choices=ON_OFF),
    "max_connections": Setting("500", fixed=True),
    "superuser_reserved_connections": Setting("3", fixed=True),
    "authentication_timeout": Setting("10s", fixed=True),
    "lc_collate": Setting("C", fixed=True),
    "lc_ctype": Setting("C", fixed=True),
    "block_size": Setting("8192", fixed=True),
    "backslash_quote": Setting(
        "safe_encoding", choices=("safe_encoding", *ON_OFF), works=lambda text: text != "off"
    ),
    "quote_all_identifiers": Setting("off", choices=ON_OFF),
    "session_replication_role": Setting("origin", choices=("origin", "replica", "local")),
}  # fmt: skip
# Names as drivers expect them in ParameterStatus and SHOW.
DISPLAY = {"datestyle": "DateStyle", "timezone": "TimeZone", "intervalstyle": "IntervalStyle"}
WORDS = {"transaction isolation level": "transaction_isolation", "time zone": "timezone"}


# Who the session is, which RESET ALL does not change.
IDENTITY = ("role", "session_authorization")


# What the transaction has decided, and what it is where there is none.
OF_TRANSACTION = {
    "transaction_isolation": "default_transaction_isolation",
    "transaction_read_only": "default_transaction_read_only",
    "transaction_deferrable": "default_transaction_deferrable",
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
    ends: EndLimits
    style: Style
    isolation: str
    read_only: bool
    search_path: tuple[str, ...]
    role: str  # "" is the database's owner


Mark = tuple[dict[str, str], dict[str, str | None]]
Value = TypeVar("Value", str, str | None)


class Settings:
    """The values one session has set; what it has not set is what the server has decided, or the default.
    `parsed` is what statements read of them."""

    def __init__(
        self, decided: Mapping[str, str] = MappingProxyType({}), user: str = "", owner: str = ""
    ) -> None:
        """`decided` are values that the server has decided; `user` is who has logged in, `owner` the name of
        the database's."""
        self.decided = decided
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
        setting = SETTINGS.get(key)
        if setting is None:
            raise UndefinedObject(f'unrecognized configuration parameter "{name}"')
        return self.decided.get(key, setting.default)

    def check(self, name: str, value: str | None) -> str | None:
        """Return a value in its normal form, None for the default. Raises 22023, 42602, 42704, 55P02,
        0A000."""
        key = folded(name)
        setting = known(key, name)
        if key in IDENTITY:
            named = None if value is None or (key == "role" and value == "none") else value
            self.admit(key, named)
            return named
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
            return made if made is not None else SETTINGS[folded(name)].default
        self.set(name, value, local=local)
        return self.get(name)

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
        """Whether this session has set a value."""
        return folded(name) in self._values


def _with(values: dict[str, Value], key: str, value: Value | None = None) -> dict[str, Value]:
    """Return values with one more, or without it where None."""
    others = {name: old for name, old in values.items() if name != key}
    return others if value is None else {**others, key: value}


def displayed(name: str) -> str:
    """Return a setting's name as SHOW writes it."""
    return DISPLAY.get(folded(name), folded(name))


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


def checked(key: str, setting: Setting, value: str, before: str) -> str:
    """Return the value in its normal form. Raises 22023, and 0A000 for what would have no effect."""
    if setting.choices == ON_OFF:
        made = _on_or_off(key, value)
    elif setting.choices:
        made = value.lower()
        if made not in setting.choices:
            raise _invalid(key, value, hint=f"Available values: {', '.join(setting.choices)}.")
    elif setting.low is not None and setting.high is not None:
        made = _number(key, setting, value)
    else:
        made = value if setting.normal is None else setting.normal(value, before)
    if setting.works is not None and not setting.works(made):
        raise NotSupportedError(
            f'invalid value for parameter "{key}": "{value}"', detail="It has no effect here."
        )
    return made


def _on_or_off(key: str, value: str) -> str:
    word = value.strip().lower()
    if word == "1" or len(word) > 0 and ("true".startswith(word) or "yes".startswith(word) or word == "on"):
        return "on"
    if (
        word == "0"
        or len(word) > 0
        and ("false".startswith(word) or "no".startswith(word) or word in ("of", "off"))
    ):
        return "off"
    raise InvalidParameterValue(f'parameter "{key}" requires a Boolean value')


def _number(key: str, setting: Setting, value: str) -> str:
    if setting.whole:
        number: float = quantity(key, value, setting.unit)
    else:
        try:
            number = float(value)
        except ValueError:
            raise _invalid(key, value) from None
    assert setting.low is not None and setting.high is not None
    if not setting.low <= number <= setting.high:
        unit = f" {setting.unit.name}" if setting.unit else ""
        shown, low, high = (f"{each:.15g}{unit}" for each in (number, setting.low, setting.high))
        raise InvalidParameterValue(
            f'{shown} is outside the valid range for parameter "{key}" ({low} .. {high})'
        )
    if setting.unit is not None:
        return setting.unit.shown(int(number))
    return str(number) if setting.whole else value


def _invalid(key: str, value: str, hint: str | None = None) -> InvalidParameterValue:
    return InvalidParameterValue(f'invalid value for parameter "{key}": "{value}"', hint=hint)
