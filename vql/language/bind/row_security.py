"""Row security: which rows of a table a role sees and writes, put into statements before they are bound.

A policy is a condition over a row. Those that let rows through are joined by OR, those that keep rows back by
AND; where none lets through, there are no rows. A SELECT of one table gets the condition into its WHERE, where it
is a mask as any other, so that it goes through the table's indexes; elsewhere a query of the rows that may be
seen stands in the table's place. A condition of the statement itself is looked at behind the policies, in a CASE
where it could fail on a row: else an error would tell what is in rows that are not seen.

Who is kept to policies: roles that are no superusers, have not BYPASSRLS and do not own the table, or own it
where that is FORCEd. The policies are those of the present, also at another moment.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from vql import schema
from vql.errors import NotSupportedError, ProgrammingError
from vql.language import ast, plan
from vql.language.ast.walk import and_of, nodes_of, rewrite
from vql.language.bind.names import Tables
from vql.language.bind.rights import Rights
from vql.language.parser import parse_expression
from vql.roles.access import PUBLIC_ROLE, Policy

# More rows than there are: DuckDB moves no condition below a LIMIT.
ALL_ROWS = 1 << 62
# What cannot fail, whatever is in a row.
SAFE = (ast.Name, ast.Literal, ast.Parameter, ast.IsNull, ast.Between, ast.Logic, ast.LiteralList, ast.InList)
COMPARISONS = ("=", "<>", "!=", "<", "<=", ">", ">=", "and", "or")


def kept_to_policies(table: schema.Table, rights: Rights) -> schema.Table | None:
    """Return a table as it is by now, where the role is kept to its policies; None where it is not."""
    now = rights.present.definition(table.table_id)
    if not isinstance(now, schema.Table):
        now = rights.present.tables.get(table.qualified) or table
    if not now.has_row_security or rights.role.bypasses_row_security:
        return None
    return now if now.forces_row_security or not rights.owns(now.access) else None
