"""Expressions of syntax trees as SQL, for a reader: `EXPLAIN`, messages. Inner queries are left out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from vql.language import ast

PLAIN_NAME = re.compile("[a-z_][a-z0-9_$]*")


def expression_text(node: ast.Expression) -> str:
    """Return an expression as SQL, every operation in brackets."""
    match node:
        case ast.Literal():
            return _literal(node)
        case ast.Parameter(index=index):
            return f"${index + 1}"
        case ast.Name(parts=parts):
            return ".".join(map(_name, parts))
        case ast.Star(table=table):
            return "*" if table is None else f"{table}.*"
        case ast.Unary(op=op, operand=operand):
            return f"({op} {expression_text(operand)})"
        case ast.Binary(op=op, left=left, right=right):
            return f"({expression_text(left)} {op} {expression_text(right)})"
        case ast.IsTest(operand=operand, test=test, negated=negated):
            return f"({expression_text(operand)} IS {'NOT ' if negated else ''}{test})"
        case ast.Between(operand=operand, low=low, high=high, negated=negated):
            bounds = f"{expression_text(low)} AND {expression_text(high)}"
            return f"({expression_text(operand)} {'NOT ' if negated else ''}BETWEEN {bounds})"
        case ast.In(operand=operand, items=items, negated=negated):
            inside = _listed(items) if isinstance(items, tuple) else "..."
            return f"({expression_text(operand)} {'NOT ' if negated else ''}IN ({inside}))"
        case ast.Like(operand=operand, pattern=pattern, ignore_case=ignore_case, negated=negated):
            word = ("NOT " if negated else "") + ("ILIKE" if ignore_case else "LIKE")
            return f"({expression_text(operand)} {word} {expression_text(pattern)})"
        case ast.Quantified(op=op, left=left, quantifier=quantifier, right=right):
            return f"({expression_text(left)} {op} {quantifier} ({expression_text(right)}))"
    return _compound(node)


def _name(part: str) -> str:
    return part if PLAIN_NAME.fullmatch(part) else '"' + part.replace('"', '""') + '"'


def _compound(node: ast.Expression) -> str:
    match node:
        case ast.Call(name=name, arguments=arguments, distinct=distinct):
            return f"{'.'.join(name)}({'DISTINCT ' if distinct else ''}{_listed(arguments)})"
        case ast.Cast(operand=operand, type=type_):
            return f"({expression_text(operand)})::{_type(type_)}"
        case ast.SqlJson(query=None):
            return _sql_json(node)
        case ast.Case(operand=operand, whens=whens, otherwise=otherwise):
            parts = ["CASE"] + ([expression_text(operand)] if operand is not None else [])
            parts += [f"WHEN {expression_text(w)} THEN {expression_text(t)}" for w, t in whens]
            if otherwise is not None:
                parts.append(f"ELSE {expression_text(otherwise)}")
            return f"{' '.join(parts)} END"
        case ast.Array(items=items):
            return f"ARRAY[{_listed(items)}]"
        case ast.VectorLiteral(text=text):
            return f"'{text}'"
        case ast.Row(items=items):
            return f"ROW({_listed(items)})"
        case ast.Subscript(operand=operand, index=index, high=high, is_slice=is_slice):
            low, top = (expression_text(end) if end is not None else "" for end in (index, high))
            of, goes_on = (
                expression_text(operand),
                isinstance(operand, ast.Subscript) and not node.is_of_group,
            )
            return f"{of if goes_on else f'({of})'}[{f'{low}:{top}' if is_slice else low}]"
        case ast.Field(operand=operand, name=name):
            return f"({expression_text(operand)}).{name}"
        case ast.Extract(field=field, operand=operand):
            return f"EXTRACT({field} FROM {expression_text(operand)})"
        case ast.Collate(operand=operand):
            return expression_text(operand)
    return "(subquery)"


def _type(type_: ast.TypeName) -> str:
    return f"{type_.name}({','.join(map(str, type_.modifiers))})" if type_.modifiers else type_.name


def _sql_json(node: ast.SqlJson) -> str:
    name, given = node.call.name[-1], list(map(expression_text, node.call.arguments))
    if name == "is json":
        return f"({given[0]} {node.clauses[0][1].upper()})"
    for place, position in enumerate(node.formatted):
        given[place] += " FORMAT JSON" if position else ""
    if name in ("json_object", "json_objectagg"):
        given = [f"{key} : {value}" for key, value in zip(given[::2], given[1::2], strict=True)]
    clauses = [_json_clause(*clause) for clause in node.clauses]
    return f"{name}({' '.join([', '.join(given), *clauses]).strip()})"


def _json_clause(kind: str, said: str, value: Any, position: int) -> str:
    match kind:
        case "RETURNING":
            return f"RETURNING {_type(value)}"
        case "PASSING":
            passed = (f"{expression_text(each)} AS {_name(name)}" for name, each in value)
            return f"PASSING {', '.join(passed)}"
    if value is None:
        return said.upper()
    return f"DEFAULT {expression_text(value)} {kind.upper()}"


def _literal(node: ast.Literal) -> str:
    match node.kind:
        case "null" | "boolean":
            return str(node.value).upper() if node.value is not None else "NULL"
        case "integer" | "decimal":
            return str(node.value)
    text = str(node.value).replace("'", "''")
    return f"B'{text}'" if node.kind == "bits" else f"'{text}'"


def _listed(items: Sequence[ast.Expression]) -> str:
    return ", ".join(map(expression_text, items))
