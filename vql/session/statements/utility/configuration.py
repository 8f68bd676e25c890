"""SET, RESET and SHOW: settings of the session and of its transaction, and the modes of transactions."""

from __future__ import annotations

from vql.errors import ActiveTransaction, NotSupportedError, ProgrammingError
from vql.language import ast
from vql.language.build.statements import deferrable_of, isolation_of, read_only_of
from vql.naming import is_temporary
from vql.roles.role import denied
from vql.session.database import Database
from vql.session.results import Result, shown_columns, warning
from vql.session.statements.query import Queries
from vql.session.transaction_block import LEVELS, TransactionBlock
from vql.settings.files import AUTOMATIC, change_settings
from vql.settings.known import OF_NO_FILE, OF_TRANSACTION, folded, known, normal_value
from vql.settings.settings import Settings
from vql.types.type import TIMESTAMPTZ

NOT_IN_BLOCK = warning("SET TRANSACTION can only be used in transaction blocks", "25P01")
NOT_LOCAL = warning("SET LOCAL can only be used in transaction blocks", "25P01")
# What SET TRANSACTION says for settings of the transaction, but for its isolation level.
MODES = {
    ("transaction_read_only", "on"): "read only", ("transaction_read_only", "off"): "read write",
    ("transaction_deferrable", "on"): "deferrable", ("transaction_deferrable", "off"): "not deferrable",
}  # fmt: skip


class Configuration:
    """One session's."""

    def __init__(
        self, settings: Settings, block: TransactionBlock, queries: Queries, database: Database
    ) -> None:
        self._database = database
        self._settings = settings
        self._block = block
        self._queries = queries

    def run(self, statement: ast.Set | ast.Show | ast.AlterSystem) -> Result:
        """Run a statement about settings."""
        match statement:
            case ast.Set():
                return self.set(statement)
            case ast.Show():
                return self.show(statement)
        return self.alter_system(statement.setting)

    def alter_system(self, setting: ast.Set) -> Result:
        """Run ALTER SYSTEM: change the file that servers of the database read. Raises 25001, 42501, 42704,
        22023, 55P02, 0A000."""
        if self._block.status != "I":
            raise ActiveTransaction("ALTER SYSTEM cannot run inside a transaction block")
        key, value = folded(setting.name), setting.value
        is_all = key == "all" and value is None
        if self._settings.parsed.role and not self._settings.is_superuser():
            raise denied(
                "to perform ALTER SYSTEM RESET ALL" if is_all else f'to set parameter "{setting.name}"'
            )
        declared = None if is_all else known(key, setting.name)
        if declared is not None and (declared.context == "internal" or key in OF_NO_FILE):
            raise ProgrammingError(f'parameter "{setting.name}" cannot be changed', sqlstate="55P02")
        if key == "ssl":
            raise NotSupportedError("ALTER SYSTEM SET ssl", hint="Certificates are named: ssl_cert_file.")
        if value is not None:
            value = normal_value(key, value, "" if declared is None else declared.default)
        if self._database.home is not None:
            raise NotSupportedError(
                "ALTER SYSTEM for a database in a bucket",
                hint="Give settings to vql serve, by -c, --config or the environment.",
            )
        cluster = self._database.cluster
        folder = self._database.path if cluster is None else cluster.folder
        change_settings(folder / AUTOMATIC, None if is_all else key, value)
        return Result("ALTER SYSTEM")

    def set(self, statement: ast.Set) -> Result:
        """Run SET or RESET. Raises 22023, 25001, 42704, 42501."""
        if statement.name in ("transaction_mode", "session_mode"):
            return self._set_modes(statement)
        if statement.name in OF_TRANSACTION and statement.value:
            value = str(self._settings.check(statement.name, statement.value))
            mode = MODES.get((statement.name, value), f"isolation level {value}")
            return self._set_modes(ast.Set("transaction_mode", mode))
        if statement.name == "vql.as_of" and statement.value:
            self._queries.at("time", statement.value)
        if statement.local and self._block.status == "I":
            self._settings.check(statement.name, statement.value)
            return Result("SET", notices=(NOT_LOCAL,))
        self._settings.set(statement.name, statement.value, local=statement.local)
        return Result("RESET" if statement.is_reset else "SET")

    def show(self, statement: ast.Show) -> Result:
        """Run SHOW. Raises 42704."""
        columns = shown_columns(statement.name)
        if statement.name == "all":
            return Result("SHOW", columns, rows=[(n, v, "") for n, v in self._settings.items()])
        if statement.name == "tables":
            path = self._settings.parsed.search_path
            names = sorted({n for s, n in self._block.snapshot().tables if s in path or not is_temporary(s)})
            return Result("SHOW", columns, rows=[(n,) for n in names])
        if statement.name == "snapshots":
            named = self._block.snapshot().history.snapshots()
            return Result(
                "SHOW", columns, rows=[(each.name, each.version, _moment(each.time_us)) for each in named]
            )
        return Result("SHOW", columns, rows=[(self._settings.get(statement.name),)])

    def _set_modes(self, statement: ast.Set) -> Result:
        """SET TRANSACTION, of the open block, and SET SESSION CHARACTERISTICS, of those to come."""
        modes = (statement.value or "").split(", ")
        isolation, read_only, deferrable = isolation_of(modes), read_only_of(modes), deferrable_of(modes)
        if statement.name == "session_mode":
            if isolation is not None:
                self._settings.set("default_transaction_isolation", isolation)
            if read_only is not None:
                self._settings.set("default_transaction_read_only", "on" if read_only else "off")
            if deferrable is not None:
                self._settings.set("default_transaction_deferrable", "on" if deferrable else "off")
            return Result("SET")
        if self._block.status == "I":
            return Result("SET", notices=(NOT_IN_BLOCK,))
        if isolation is not None:
            self._block.set_isolation(LEVELS[isolation])
        if read_only is not None:
            self._block.read_only = read_only
        isolation = isolation or self._settings.get("transaction_isolation")
        if deferrable is None:
            deferrable = self._settings.get("transaction_deferrable") == "on"
        self._settings.begin_transaction(isolation, self._block.read_only, deferrable)
        return Result("SET")


def _moment(time_us: int | None) -> object:
    return None if time_us is None else TIMESTAMPTZ.from_stored(time_us)
