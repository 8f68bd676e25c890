"""PEP 249 exceptions, each concrete class carrying its five-character SQLSTATE.

SQLSTATE classes are those of PostgreSQL's appendix A, so that drivers react as they do there.
Messages say what failed, on which object and what to do; `position` counts characters of the SQL
text from 1, as the `P` field of ErrorResponse does.
"""

from __future__ import annotations

from vql.dataclass import dataclass


class Warning(Exception):  # noqa: A001 - PEP 249 names it so
    """Raised for important warnings (PEP 249)."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What an error is of, as ErrorResponse names it in fields of their own; "" of what it does not name."""

    schema: str = ""
    table: str = ""
    column: str = ""
    constraint: str = ""


class Error(Exception):
    """Base of every error VQL raises.

    `sqlstate` (five characters), `message`, and where they help `detail`, `hint`, `position`
    (1-based character of the statement text), `context` (what was being read, as a COPY row) and `subject`.
    `routine` is that of PostgreSQL's, where drivers tell errors apart by it.
    """

    sqlstate = "XX000"
    routine: str | None = None

    def __init__(
        self,
        message: str,
        *,
        sqlstate: str | None = None,
        detail: str | None = None,
        hint: str | None = None,
        position: int | None = None,
        subject: Subject | None = None,
    ) -> None:
        super().__init__(message)
        self.subject = subject
        self.message = message
        self.detail = detail
        self.hint = hint
        self.position = position
        self.context: str | None = None
        if sqlstate is not None:
            self.sqlstate = sqlstate


class InterfaceError(Error):
    """Misuse of the Python interface, as a cursor used after close."""

    sqlstate = "08003"


class DatabaseError(Error):
    """Base of the errors that concern the database (PEP 249)."""


class DataError(DatabaseError):
    """A value that cannot be processed: bad text, range, dimensions."""

    sqlstate = "22000"


class OperationalError(DatabaseError):
    """The environment failed: disk, memory, cancel, shutdown."""

    sqlstate = "58000"


class IntegrityError(DatabaseError):
    """A constraint would be violated."""

    sqlstate = "23000"


class InternalError(DatabaseError):
    """A bug in VQL, or damaged data."""

    sqlstate = "XX000"


class ProgrammingError(DatabaseError):
    """A statement that is wrong: syntax, names, types."""

    sqlstate = "42000"


class NotSupportedError(DatabaseError):
    """A feature that is not there; the message names it."""

    sqlstate = "0A000"


class SyntaxError(ProgrammingError):  # noqa: A001 - the SQL one
    """The text is not a statement; `position` points at the place."""

    sqlstate = "42601"


class DependentObjectsStillExist(ProgrammingError):
    sqlstate = "2BP01"


class InvalidForeignKey(ProgrammingError):
    sqlstate = "42830"


class UndefinedTable(ProgrammingError):
    sqlstate = "42P01"


class UndefinedColumn(ProgrammingError):
    sqlstate = "42703"


class UndefinedFunction(ProgrammingError):
    sqlstate = "42883"


class InvalidFunctionDefinition(ProgrammingError):
    sqlstate = "42P13"


class UndefinedObject(ProgrammingError):
    sqlstate = "42704"


class UndefinedParameter(ProgrammingError):
    sqlstate = "42P02"


class WrongObjectType(ProgrammingError):
    sqlstate = "42809"


class GeneratedAlways(ProgrammingError):
    """A value for a column that is generated always."""

    sqlstate = "428C9"


class UndefinedSchema(ProgrammingError):
    sqlstate = "3F000"


class DuplicateSchema(ProgrammingError):
    sqlstate = "42P06"


class DependentObjects(ProgrammingError):
    sqlstate = "2BP01"


class DuplicateTable(ProgrammingError):
    sqlstate = "42P07"


class DuplicateColumn(ProgrammingError):
    sqlstate = "42701"


class DuplicateObject(ProgrammingError):
    sqlstate = "42710"


class AmbiguousColumn(ProgrammingError):
    sqlstate = "42702"


class DatatypeMismatch(ProgrammingError):
    sqlstate = "42804"


class CannotCoerce(ProgrammingError):
    sqlstate = "42846"


class InvalidParameterValue(DataError):
    sqlstate = "22023"


class InvalidText(DataError):
    sqlstate = "22P02"


class InvalidDatetime(DataError):
    sqlstate = "22007"


class NumericOutOfRange(DataError):
    sqlstate = "22003"


class StringTooLong(DataError):
    sqlstate = "22001"


class LimitExceeded(OperationalError):
    sqlstate = "54000"


class UniqueViolation(IntegrityError):
    sqlstate = "23505"


class NotNullViolation(IntegrityError):
    sqlstate = "23502"


class CheckViolation(IntegrityError):
    sqlstate = "23514"


class CheckOptionViolation(IntegrityError):
    """A row that is written through a view is none of the view."""

    sqlstate = "44000"


class ForeignKeyViolation(IntegrityError):
    sqlstate = "23503"


class RestrictViolation(ForeignKeyViolation):
    sqlstate = "23001"


class SerializationFailure(OperationalError):
    """Another transaction changed the same row first; run the transaction again."""

    sqlstate = "40001"


class SnapshotTooOld(OperationalError):
    """AS OF names a time before the table's retention."""

    sqlstate = "72000"


class InFailedTransaction(InternalError):
    sqlstate = "25P02"


class ActiveTransaction(InternalError):
    sqlstate = "25001"


class NoActiveTransaction(InternalError):
    sqlstate = "25P01"


class ReadOnlyTransaction(InternalError):
    sqlstate = "25006"


class DiskFull(OperationalError):
    sqlstate = "53100"


class OutOfMemory(OperationalError):
    sqlstate = "53200"


class QueryCanceled(OperationalError):
    sqlstate = "57014"


class AdminShutdown(OperationalError):
    sqlstate = "57P01"


class ProtocolViolation(OperationalError):
    sqlstate = "08P01"


class ObjectNotInPrerequisiteState(OperationalError):
    """An object is not in the state that is needed."""

    sqlstate = "55000"


class ObjectInUse(OperationalError):
    sqlstate = "55006"


class LockNotAvailable(OperationalError):
    sqlstate = "55P03"


class DeadlockDetected(OperationalError):
    """Transactions that wait for each other; run this one again."""

    sqlstate = "40P01"


class DataCorrupted(InternalError):
    """Bytes on disk are not what was written; names the file, what was found and expected."""

    sqlstate = "XX001"


class ExternalRoutineFailed(OperationalError):
    """Code of an installed package, as of an index kind, that could not do what it is for."""

    sqlstate = "38000"
