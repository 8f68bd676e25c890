"""A search_path without public: only names that are qualified mean tables, as in what pg_dump writes."""

from __future__ import annotations

from vql.errors import ProgrammingError, UndefinedTable
from vql.language import ast
from vql.language.ast.walk import walk
from vql.language.bind.names import is_system


def check_qualified(statement: ast.Statement) -> None:
    """Raise 42P01 for a table that is named without its schema, 3F000 for one that is made so."""
    nodes = list(walk(statement))
    common = {node.name for node in nodes if isinstance(node, ast.CommonTable)}
    for node in nodes:
        match node:
            case ast.CreateTable(name=(_,)):
                raise ProgrammingError(
                    "no schema has been selected to create in", sqlstate="3F000", position=node.span[0] + 1
                )
            case ast.TableRef(name=(name,)) if name not in common and not is_system(name):
                raise _undefined(name, node.span)
            case ast.Insert(table=(name,)) | ast.Update(table=(name,)) | ast.Delete(table=(name,)):
                raise _undefined(name, node.span)
            case (
                ast.CreateIndex(table=(name,)) | ast.Copy(table=(name,)) | ast.Vacuum(table=(name,))
            ):  # fmt: skip
                raise _undefined(name, ast.NOWHERE)
            case ast.Truncate(names=names) | ast.Lock(tables=names) if any(len(n) == 1 for n in names):
                raise _undefined(next(n[0] for n in names if len(n) == 1), ast.NOWHERE)
            case ast.DropTable(names=names, if_exists=False) if any(len(n) == 1 for n in names):
                raise UndefinedTable(f'table "{next(n[0] for n in names if len(n) == 1)}" does not exist')


def _undefined(name: str, span: ast.Span) -> UndefinedTable:
    return UndefinedTable(
        f'relation "{name}" does not exist', position=span[0] + 1 if span != ast.NOWHERE else None
    )
