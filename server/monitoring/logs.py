"""The server's log, on standard error: as text or as JSON, a line an entry, PostgreSQL's words and levels.

Text has a line for each part of an entry, and lines that go on begin with a tab, so that nobody can make one
up by what a name or a statement holds:

    2026-11-28 10:00:00.123 UTC [1048577] app@shop ERROR:  relation "shoos" does not exist
    2026-11-28 10:00:00.123 UTC [1048577] app@shop STATEMENT:  SELECT * FROM shoos

JSON has the keys of PostgreSQL's jsonlog (manual, "Using JSON-Format Log Output"). An entry is one write:
those of several processes do not mix.
"""

from __future__ import annotations

import json
import logging
import os
import time
from typing import NamedTuple

from vql.errors import Error
from vql.settings.decided import Decided
from vql.settings.known import SETTINGS

# PostgreSQL's levels by name, as this standard library's module orders them.
LEVELS = {
    "debug5": 6, "debug4": 7, "debug3": 8, "debug2": 9, "debug1": logging.DEBUG, "info": logging.INFO,
    "notice": 25, "warning": logging.WARNING, "error": logging.ERROR, "log": 45, "fatal": logging.CRITICAL,
    "panic": 60,
}  # fmt: skip
NAMES = {level: name.upper() for name, level in LEVELS.items()}
LOG, ERROR, FATAL = LEVELS["log"], LEVELS["error"], LEVELS["fatal"]
# What a terminal would obey, or a reader take for the end of a line, is shown as what it is in Python.
CONTROLS = {code: repr(chr(code))[1:-1] for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)}
CONTROLS_OF_TEXTS = {code: shown for code, shown in CONTROLS.items() if chr(code) not in "\n\t"}
ALL = logging.getLogger("vql")
log = logging.getLogger("vql.server")


class Speaker(NamedTuple):
    """Whose session an entry is about; the port is -1 on a Unix socket."""

    process_id: int
    user: str
    database: str
    address: str
    port: int
    application: str = ""

    @property
    def host(self) -> str:
        """Where the client is, in PostgreSQL's words."""
        return f"host={self.address} port={self.port}" if self.address else "host=[local]"


def open_log(form: str, least: str) -> None:
    """Have the entries of this process and its children, from a level on, written in a form: text or json."""
    handler = StandardError()
    handler.setFormatter(JsonForm() if form == "json" else TextForm())
    logging.basicConfig(handlers=[handler], force=True)
    set_least(least)


def set_least(least: str) -> None:
    """Log from a level on (log_min_messages)."""
    ALL.setLevel(LEVELS[least])


def least_level(decided: Decided) -> str:
    """Return the least level of entries that a server's configuration says."""
    said = decided.get("log_min_messages")
    return SETTINGS["log_min_messages"].default if said is None else said.value


def report(
    level: int, message: str, speaker: Speaker | None, error: Error | None = None, statement: str = ""
) -> None:
    """Log an entry about a session, whatever the least level is: that is the session's to say."""
    extra = {"speaker": speaker, "error": error, "statement": statement}
    log.handle(log.makeRecord(log.name, level, "", 0, message, (), None, extra=extra))


class StandardError(logging.Handler):
    """Writes each entry at once to standard error; what cannot be written is lost."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one."""
        try:
            os.write(2, (self.format(record) + "\n").encode(errors="replace"))
        except OSError:
            return


class TextForm(logging.Formatter):
    """Entries as text."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the lines of an entry."""
        speaker, error, statement = _parts(record)
        process_id = speaker.process_id if speaker is not None and speaker.process_id else record.process
        whose = f" {speaker.user}@{speaker.database}" if speaker is not None and speaker.user else ""
        head = f"{moment(record.created)} [{process_id}]{whose}".translate(CONTROLS)
        said = [(_severity(record), record.getMessage())]
        if error is not None:
            said += [("DETAIL", error.detail or ""), ("HINT", error.hint or "")]
        said.append(("STATEMENT", statement))
        if record.exc_info:
            said.append(("CONTEXT", self.formatException(record.exc_info)))
        return "\n".join(f"{head} {word}:  {_indented(text)}" for word, text in said if text)


class JsonForm(logging.Formatter):
    """Entries as JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of an entry."""
        speaker, error, statement = _parts(record)
        said: dict[str, object] = {"timestamp": moment(record.created), "pid": record.process}
        if speaker is not None:
            said |= {
                "pid": speaker.process_id or record.process, "user": speaker.user, "dbname": speaker.database,
                "remote_host": speaker.address or "[local]", "remote_port": max(speaker.port, 0),
                "application_name": speaker.application, "backend_type": "client backend",
            }  # fmt: skip
        said |= {"error_severity": _severity(record), "message": record.getMessage()}
        if error is not None:
            said |= {
                "state_code": error.sqlstate, "detail": error.detail, "hint": error.hint,
                "cursor_position": error.position,
            }  # fmt: skip
        said["statement"] = statement
        if record.exc_info:
            said["context"] = self.formatException(record.exc_info)
        return json.dumps({key: value for key, value in said.items() if value not in (None, "", 0)})


def moment(time_s: float) -> str:
    """Return a moment as entries have it."""
    millisecond = int(time_s * 1000) % 1000
    return f"{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime(time_s))}.{millisecond:03d} UTC"


def _severity(record: logging.LogRecord) -> str:
    return NAMES.get(record.levelno, record.levelname)


def _indented(text: str) -> str:
    return text.replace("\r\n", "\n").translate(CONTROLS_OF_TEXTS).replace("\n", "\n\t")


def _parts(record: logging.LogRecord) -> tuple[Speaker | None, Error | None, str]:
    found = record.__dict__
    return found.get("speaker"), found.get("error"), found.get("statement", "")
