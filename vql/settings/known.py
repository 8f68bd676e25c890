"""Which settings there are: their values, bounds and contexts, by PostgreSQL's names where it has them.

Names of VQL, of pgvector and of Postgres that have an effect or that drivers set are known here;
a dotted name outside the reserved prefixes may be set freely, as in Postgres.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from vql.calendar.style import normal_datestyle, normal_intervalstyle, session_zone
from vql.dataclass import dataclass
from vql.errors import InvalidParameterValue, NotSupportedError, ProgrammingError, UndefinedObject
from vql.fulltext.configuration import CONFIGURATIONS
from vql.limits import IDENTIFIER_BYTES_MAX
from vql.roles.role import denied
from vql.settings.quantities import INTEGER_MAX, KILOBYTES, MILLISECONDS, SECONDS, Unit, quantity
from vql.types.forms.encodings import CODECS, encoding_named

RESERVED_PREFIXES = ("hnsw", "ivfflat", "vql")


@dataclass(frozen=True, slots=True)
class Setting:
    """`default` as shown; numbers carry bounds, and a unit where they are sizes or durations, words their
    choices; `context` is PostgreSQL's word for who may set it, and when (manual, pg_settings). Of the values
    allowed only those for which `works` says so can be had."""

    default: str
    low: float | None = None
    high: float | None = None
    whole: bool = True
    choices: tuple[str, ...] = ()
    context: str = "user"
    unit: Unit | None = None
    normal: Callable[[str, str], str] | None = None  # the normal form of a value, what was before behind it
    works: Callable[[str], bool] | None = None

    @property
    def is_of_sessions(self) -> bool:
        """Whether a session may set it."""
        return self.context in ("user", "superuser")


def _encoding(text: str, before: str) -> str:
    """Return PostgreSQL's name of an encoding. Raises 22023, 0A000."""
    found, message = encoding_named(text), f'invalid value for parameter "client_encoding": "{text}"'
    if found is None:
        raise InvalidParameterValue(message)
    if found not in CODECS:
        raise NotSupportedError(message, detail=f"Conversion between {found} and UTF8 is not supported.")
    return found


def _text_search_configuration(text: str, before: str) -> str:
    """Return a configuration's name in its schema. Raises 22023."""
    plain = text.lower().removeprefix("pg_catalog.")
    if plain not in CONFIGURATIONS:
        raise InvalidParameterValue(f'invalid value for parameter "default_text_search_config": "{text}"')
    return f"pg_catalog.{plain}"


def _printable(text: str, before: str) -> str:
    """Return a text of printable ASCII characters, other bytes written by their numbers."""
    shown = "".join(chr(byte) if 0x20 <= byte < 0x7F else f"\\x{byte:02x}" for byte in text.encode())
    return shown[:IDENTIFIER_BYTES_MAX]


def _duration() -> Setting:
    return Setting("0", 0, INTEGER_MAX, unit=MILLISECONDS)


def _least_duration(default: str, context: str) -> Setting:
    """How long something must take to be logged; -1: it never is."""
    return Setting(default, -1, INTEGER_MAX, unit=MILLISECONDS, context=context)


def _memory(default: str) -> Setting:
    return Setting(default, 64, INTEGER_MAX, unit=KILOBYTES)


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
LOGGED = (*MESSAGES[:5], "info", "notice", "warning", "error", "log", "fatal", "panic")
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
# What a server is started with; embedded there is nothing of it.
OF_SERVERS = {
    "port": Setting("5432", 0, 65_535, context="postmaster"),
    "max_connections": Setting("500", 1, 100_000, context="postmaster"),
    "superuser_reserved_connections": Setting("3", 0, 100_000, context="postmaster"),
    "authentication_timeout": Setting("10s", 1, 600, unit=SECONDS, context="postmaster"),
    "ssl": Setting("off", choices=ON_OFF, context="postmaster"),
    **dict.fromkeys(
        ("listen_addresses", "unix_socket_directories", "unix_socket_permissions", "ssl_cert_file",
         "ssl_key_file", "ssl_ca_file", "vql.memory", "vql.metrics_host"),
        Setting("", context="postmaster"),
    ),
    "vql.workers": Setting("1", 1, 64, context="postmaster"),
    "vql.log_format": Setting("text", choices=("text", "json"), context="postmaster"),
    "vql.metrics_port": Setting("-1", -1, 65_535, context="postmaster"),
    "vql.console_port": Setting("-1", -1, 65_535, context="postmaster"),
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
    "server_encoding": Setting("UTF8", context="internal"),
    "server_version": Setting("15.18", context="internal"),
    "server_version_num": Setting("150018", context="internal"),
    "integer_datetimes": Setting("on", context="internal"),
    "extra_float_digits": Setting("1", -15, 3),
    "datestyle": Setting("ISO, MDY", normal=normal_datestyle),
    "intervalstyle": Setting("postgres", normal=lambda text, before: normal_intervalstyle(text)),
    "timezone": Setting("UTC", normal=lambda text, before: session_zone(text).name),
    "search_path": Setting('"$user", public', normal=_names_listed),
    "application_name": Setting("", normal=_printable),
    "synchronous_commit": Setting("on", choices=COMMITS),
    "standard_conforming_strings": Setting("on", choices=ON_OFF, works=lambda text: text == "on"),
    "escape_string_warning": Setting("on", choices=ON_OFF),
    "default_text_search_config": Setting("pg_catalog.english", normal=_text_search_configuration),
    "bytea_output": Setting("hex", choices=("escape", "hex")),
    "default_transaction_isolation": Setting("read committed", choices=LEVELS),
    "default_transaction_read_only": Setting("off", choices=ON_OFF),
    "transaction_isolation": Setting("read committed", choices=LEVELS),
    "transaction_read_only": Setting("off", choices=ON_OFF),
    "session_authorization": Setting("vql"),
    "is_superuser": Setting("on", context="internal"),
    "jit": Setting("off", choices=ON_OFF),
    **PLANS,
    "password_encryption": Setting("scram-sha-256", works=lambda text: text == "scram-sha-256"),
    "row_security": Setting("on", choices=ON_OFF),
    "max_identifier_length": Setting("63", context="internal"),
    "in_hot_standby": Setting("off", context="internal"),
    "default_table_access_method": Setting("heap", works=lambda text: text == "heap"),
    "check_function_bodies": Setting("on", choices=ON_OFF),
    "xmloption": Setting("content", choices=("content", "document")),
    "synchronize_seqscans": Setting("on", choices=ON_OFF),
    "array_nulls": Setting("on", choices=ON_OFF, works=lambda text: text == "on"),
    "transform_null_equals": Setting("off", choices=ON_OFF, works=lambda text: text == "off"),
    "default_with_oids": Setting("off", choices=ON_OFF, works=lambda text: text == "off"),
    "max_prepared_transactions": Setting("0", context="internal"),
    "role": Setting("none"),
    **dict.fromkeys(("lc_messages", "lc_monetary", "lc_numeric", "lc_time"), LOCALE),
    "default_tablespace": Setting("", works=lambda text: text in ("", "pg_default")),
    "default_transaction_deferrable": Setting("off", choices=ON_OFF),
    "transaction_deferrable": Setting("off", choices=ON_OFF),
    "lc_collate": Setting("C", context="internal"),
    "lc_ctype": Setting("C", context="internal"),
    "block_size": Setting("8192", context="internal"),
    "backslash_quote": Setting(
        "safe_encoding", choices=("safe_encoding", *ON_OFF), works=lambda text: text != "off"
    ),
    "quote_all_identifiers": Setting("off", choices=ON_OFF),
    "session_replication_role": Setting("origin", choices=("origin", "replica", "local")),
    **OF_SERVERS,
    "log_connections": Setting("off", choices=ON_OFF, context="superuser-backend"),
    "log_disconnections": Setting("off", choices=ON_OFF, context="superuser-backend"),
    "log_min_messages": Setting("warning", choices=LOGGED, context="superuser"),
    "log_min_error_statement": Setting("error", choices=LOGGED, context="superuser"),
    "log_min_duration_statement": _least_duration("-1", "superuser"),
    "log_autovacuum_min_duration": _least_duration("10min", "sighup"),
}  # fmt: skip
# Names as drivers expect them in ParameterStatus and SHOW.
DISPLAY = {"datestyle": "DateStyle", "timezone": "TimeZone", "intervalstyle": "IntervalStyle"}
# Why a session cannot set what is of a context.
CANNOT = {
    "internal": "changed", "postmaster": "changed without restarting the server", "sighup": "changed now",
    "superuser-backend": "set after connection start",
}  # fmt: skip
WORDS = {"transaction isolation level": "transaction_isolation", "time zone": "timezone"}


# Who the session is, which RESET ALL does not change.
IDENTITY = ("role", "session_authorization")


# What the transaction has decided, and what it is where there is none.
OF_TRANSACTION = {
    "transaction_isolation": "default_transaction_isolation",
    "transaction_read_only": "default_transaction_read_only",
    "transaction_deferrable": "default_transaction_deferrable",
}


# What only a session or its transaction can say: no file, and no server for it.
OF_NO_FILE = (*IDENTITY, *OF_TRANSACTION)


def displayed(name: str) -> str:
    """Return a setting's name as SHOW writes it."""
    return DISPLAY.get(folded(name), folded(name))


def folded(name: str) -> str:
    """Return a setting's name in lower case, spelled as one word."""
    lower = " ".join(name.lower().split())
    return WORDS.get(lower, lower)


def known(key: str, name: str) -> Setting | None:
    """Return the setting, None for a free dotted name. Raises 42602, 42704."""
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
    return setting


def require_of_sessions(setting: Setting, name: str, is_superuser: bool) -> None:
    """Raise 55P02 for what a session cannot set, 42501 where it may not."""
    reason = CANNOT.get(setting.context)
    if reason is not None:
        raise ProgrammingError(f'parameter "{name}" cannot be {reason}', sqlstate="55P02")
    if setting.context == "superuser" and not is_superuser:
        raise denied(f'to set parameter "{name}"')


def normal_value(name: str, value: str, before: str) -> str:
    """Return a value of any setting in its normal form, whoever may set it. Raises 22023, 42602, 42704,
    0A000."""
    key = folded(name)
    setting = known(key, name)
    return value if setting is None else checked(key, setting, value, before)


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
