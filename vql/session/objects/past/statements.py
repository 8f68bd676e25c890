"""Statements about earlier versions, each run by what it is about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from vql import schema
from vql.language import ast
from vql.session.identity import Identity
from vql.session.objects.alter import Contexts
from vql.session.objects.past.clone import NumberState, fill_clone, like_of, source_of
from vql.session.objects.past.restore import restore_table
from vql.session.objects.past.undrop import undrop_table
from vql.session.objects.schemas import Path
from vql.session.results import Result
from vql.storage.snapshot import Snapshot
from vql.storage.transactions.transaction import Transaction


class Means(NamedTuple):
    """What a session has for these statements: its search path, who it is, the database at a moment,
    contexts, what creates a table like some others, the state of a sequence's numbers."""

    path: Path
    identity: Identity
    moment_of: Callable[[ast.AsOf], Snapshot]
    contexts: Contexts
    create: Callable[[ast.CreateTable, Transaction, Sequence[schema.Table]], tuple[Result, schema.Table]]
    state_of: NumberState


def run_about_past(statement: ast.AboutPast, transaction: Transaction, means: Means) -> Result:
    """Run a statement about earlier versions. Raises what each does."""
    path, identity, moment_of, contexts, create, state_of = means
    view = transaction.view()
    rights = identity.rights(view)
    match statement:
        case ast.UndropTable():
            return undrop_table(statement, transaction, path, identity.roles(view), rights)
        case ast.RestoreTable(as_of=moment):
            return restore_table(statement, moment_of(moment), transaction, path, contexts, rights)
        case ast.CloneTable(as_of=at):
            then = view if at is None else moment_of(at)
            source = source_of(statement, then, path, rights)
            result, made = create(like_of(statement, source), transaction, (source,))
            if not result.notices:  # it was not there before
                fill_clone(source, then, made, transaction, contexts(transaction.view()), state_of)
            return result
        case ast.NamedSnapshot(name=name, drop=drop):
            (transaction.drop_snapshot if drop else transaction.create_snapshot)(name)
            return Result("DROP SNAPSHOT" if drop else "CREATE SNAPSHOT")
