"""Settings are read and shown as PostgreSQL does, or refused."""

from __future__ import annotations

import psycopg
import pytest

from vql.errors import Error
from vql.settings.settings import Settings

DURATIONS = ("0", "3000", "90s", "1.5s", "0x10", "010", "1d", "2 h", " 5 min ", "0.4", "1e3", "500us",
             "1 day", "-1", "abc", "", "100000000000", "2147483647", "1,5", "24d", "25d", "5S")  # fmt: skip
SIZES = ("1", "64", "77MB", "65536", "1.5GB", "4mb", "1048577kB", "1TB", "3TB", "65536B", "1 GB", "x", "-5")
SWITCHES = ("on", "OFF", "true", "f", "y", "n", "1", "0", "of", "o", "2", "maybe", "", "yes", "tru")
TRIALS = [
    *((name, value) for name in ("statement_timeout", "lock_timeout") for value in DURATIONS),
    *((name, value) for name in ("work_mem", "maintenance_work_mem") for value in SIZES),
    *((name, value) for name in ("enable_seqscan", "jit", "row_security", "escape_string_warning")
      for value in SWITCHES),
    *(("max_parallel_workers", value) for value in ("0", "2.5", "1024", "1025", "-1", "2 kB", "x")),
    *(("extra_float_digits", value) for value in ("1", "3", "4", "0", "-15", "-16")),
    *(("client_encoding", value) for value in (
        "utf8", "UTF-8", "unicode", "latin1", "LATIN-1", "iso 8859-1", "win1252", "windows1252", "sql_ascii",
        "gbk", "koi8", "mule_internal", "foo", "", "latin9", "ISO_8859_5")),
    *(("client_min_messages", value) for value in ("warning", "NOTICE", "warn", "error", "debug1")),
    *(("synchronous_commit", value) for value in ("on", "off", "local", "foo")),
    *(("session_replication_role", value) for value in ("origin", "replica", "foo")),
    *(("bytea_output", value) for value in ("hex", "HEX", "escape", "foo")),
    *(("backslash_quote", value) for value in ("on", "safe_encoding", "off", "foo")),
    *(("standard_conforming_strings", value) for value in ("on", "off", "foo")),
    *(("application_name", value) for value in ("", "x y", "é\tx", "a" * 70)),
    *(("search_path", value) for value in ('"$user", public', "public", "a, public")),
    *(("default_tablespace", value) for value in ("", "pg_default", "foo")),
    ("server_version", "1"), ("no_such", "1"), ("my.own", "Anything at all"),
]  # fmt: skip
# What PostgreSQL takes and has no effect here.
REFUSED = {
    ("default_tablespace", "foo"), ("backslash_quote", "off"), ("standard_conforming_strings", "off"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "value"), TRIALS)
def test_values_are_shown_in_their_normal_form(postgres, name, value):
    try:
        with postgres.transaction(force_rollback=True):
            postgres.execute("SELECT set_config(%s, %s, true)", (name, value))
            theirs = postgres.execute("SELECT current_setting(%s)", (name,)).fetchone()[0]
    except psycopg.Error as error:
        theirs = (error.sqlstate, error.diag.message_primary)
    settings = Settings()
    try:
        settings.set(name, value)
        ours = settings.get(name)
    except Error as error:
        ours = (error.sqlstate, error.message)
    if (name, value) in REFUSED:
        assert ours[0] == "0A000"
    else:
        assert ours == (theirs.decode() if isinstance(theirs, bytes) else theirs)
