"""Rules of statements that change rows and of those about the conversation: one method a rule."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from lark import Token

from vql.calendar.days import HOUR_US
from vql.calendar.read_interval import read_interval
from vql.errors import NotSupportedError, SyntaxError
from vql.language import ast
from vql.language.build.pieces import (
    Args,
    Marked,
    behind_with,
    column_name,
    first_of,
    names_of,
    plain_query,
    returning_of,
    span_of,
    where_of,
    words,
)

COPY_OLD_WORDS = {"csv": ("format", "csv"), "binary": ("format", "binary"), "header": ("header", "true")}

# What DISCARD may be told beside ALL, and as what it answers.
DISCARDED = {"plans": "PLANS", "sequences": "SEQUENCES", "temp": "TEMP", "temporary": "TEMP"}
# Settings that are lists of names.
OF_NAMES = frozenset({"search_path"})
MERGED_ROWS = {
    "WHEN_MATCHED": "matched", "WHEN_NOT_MATCHED": "source", "WHEN_NOT_MATCHED_BY_SOURCE": "target",
}  # fmt: skip
PARTS = (ast.WithField, ast.WithElements)
# Neither it nor its letters in upper case need quotes: what is left out are characters of ASCII.
PLAIN_NAME = re.compile(r"[^\x00-^`{-\x7f][^\x00-#%-/:-^`{-\x7f]*")


def _quoted_name(name: str) -> str:
    return name if PLAIN_NAME.fullmatch(name) else '"' + name.replace('"', '""') + '"'


def _require_as_many(names: Sequence[str], values: Sequence[object], source: object) -> None:
    if len(names) != len(values):
        text = "number of columns does not match number of values"
        raise SyntaxError(text, position=span_of(source)[0] + 1)


def _rebased(node: ast.WithField | ast.WithElements, operand: ast.Expression) -> ast.Expression:
    """Return a row or array with another value in a part of it, as of another row or array."""
    if isinstance(node, ast.WithElements):
        target = _subscripts_of(node.target, operand)
        made: ast.WithField | ast.WithElements = replace(node, target=target)
        part: ast.Expression = target
    else:
        made, part = replace(node, operand=operand), ast.Field(operand, node.name, node.span)
    inner = node.value
    return replace(made, value=_rebased(inner, part)) if isinstance(inner, PARTS) else made


def _subscripts_of(node: ast.Subscript, operand: ast.Expression) -> ast.Subscript:
    """Return subscripts as of another array."""
    inner = node.operand
    return replace(
        node, operand=_subscripts_of(inner, operand) if isinstance(inner, ast.Subscript) else operand
    )


def read_only_of(modes: list[str]) -> bool | None:
    """Return what transaction modes say of READ ONLY, None where nothing."""
    return next((mode == "read only" for mode in reversed(modes) if mode.startswith("read ")), None)


def isolation_of(modes: list[str]) -> str | None:
    """Return the isolation level that transaction modes give."""
    level = "isolation level "
    return next((m.removeprefix(level) for m in reversed(modes) if m.startswith(level)), None)


def deferrable_of(modes: list[str]) -> bool | None:
    """Return what transaction modes say of DEFERRABLE, None where nothing."""
    return next((mode == "deferrable" for mode in reversed(modes) if mode.endswith("deferrable")), None)


class StatementRules:
    """Rules of INSERT, UPDATE, DELETE, transactions, settings and the like."""

    def change_with(self, a: Args) -> Any:
        recursive, tables, _ = a[0]
        return behind_with(recursive, tables, a[1])

    def insert(self, a: Args) -> Any:
        table, span = a[1]
        columns, parts = next((x[1] for x in a if isinstance(x, Marked) and x[0] == "columns"), ((), ()))
        overriding, query = next(x[1] for x in a if isinstance(x, Marked) and x[0] == "rows")
        alias = next((x[1] for x in a if isinstance(x, Marked) and x[0] == "alias"), None)
        conflict = first_of(a, ast.Conflict)
        return ast.Insert(
            table, columns, query, conflict, alias=alias, overriding=overriding, span=span, parts=parts,
            **returning_of(a),
        )  # fmt: skip

    def insert_columns(self, a: Args) -> Any:
        names = tuple(name for name, _ in a)
        parts = tuple(part for _, part in a)
        return Marked(("columns", (names, parts if any(parts) else ())))

    def insert_column(self, a: Args) -> Any:
        if len(a) == 1:
            return column_name(a[0]), None
        return self.part_assignment([*a, None, ast.Default(span_of(a[0].token))])

    def overriding(self, a: Args) -> Any:
        return Marked(("overriding", str(a[0]).split()[1]))

    def insert_alias(self, a: Args) -> Any:
        return Marked(("alias", str(a[1])))

    def insert_rows(self, a: Args) -> Any:
        overriding = a[0][1] if isinstance(a[0], Marked) else ""
        return Marked(("rows", (overriding, None if isinstance(a[-1], Token) else plain_query(a[-1]))))

    def conflict(self, a: Args) -> Any:
        parts = {x[0]: x[1] for x in a if isinstance(x, Marked)}
        assignments, where = parts["do"]
        target, condition = parts.get("target", ((), None))
        return ast.Conflict(target, assignments, where, parts.get("constraint"), condition, span_of(a[0]))

    def conflict_target(self, a: Args) -> Any:
        items = tuple(x.expression for x in a if isinstance(x, ast.IndexItem))
        return Marked(("target", (items, where_of(a))))

    def conflict_constraint(self, a: Args) -> Any:
        return Marked(("constraint", str(a[-1])))

    def conflict_action(self, a: Args) -> Any:
        if a[0].type == "DO_NOTHING":
            return Marked(("do", ((), None)))
        return Marked(("do", (a[1][1], a[3] if len(a) > 3 else None)))

    def returning(self, a: Args) -> Any:
        parts = {x[0]: x[1] for x in a if isinstance(x, Marked)}
        names = parts.get("names", ast.OLD_AND_NEW)
        return Marked(("returning", {"returning": parts["items"], "row_names": names}))

    def row_names(self, a: Args) -> Any:
        given: dict[str, str] = {}
        for which, name, span in a[1:]:
            if which not in ast.OLD_AND_NEW:
                raise SyntaxError(f'syntax error at or near "{which}"', position=span[0] + 1)
            if which in given:
                text = f"{which.upper()} cannot be specified multiple times"
                raise SyntaxError(text, position=span[0] + 1)
            given[which] = name
        return Marked(("names", tuple(given.get(which, which) for which in ast.OLD_AND_NEW)))

    def row_name(self, a: Args) -> Any:
        return str(a[0]), str(a[-1]), span_of(a[0].token)

    def target_alias(self, a: Args) -> Any:
        return Marked(("alias", str(a[-1])))

    def update(self, a: Args) -> Any:
        table, span = next(x for x in a if type(x) is tuple)
        parts = {x[0]: x[1] for x in a if isinstance(x, Marked)}
        return ast.Update(
            table, parts.get("alias"), parts["set"], parts.get("sources", ()), where_of(a), span=span,
            **returning_of(a),
        )  # fmt: skip

    def assignments(self, a: Args) -> Any:
        made: list[tuple[ast.ColumnName, ast.Expression]] = []
        for name, value in chain.from_iterable(x if type(x) is list else [x] for x in a):
            before = next((place for place, (known, _) in enumerate(made) if known == name), -1)
            if before < 0:
                made.append((name, value))
            elif not isinstance(value, PARTS) or not isinstance(made[before][1], PARTS):
                raise SyntaxError(f'multiple assignments to same column "{name}"')
            else:  # another part of the same row or array
                made[before] = (name, _rebased(value, made[before][1]))
        return Marked(("set", tuple(made)))

    def assignment(self, a: Args) -> Any:
        return (column_name(a[0]), a[2])

    def row_assignment(self, a: Args) -> Any:
        names, values = a[0], a[-1]
        if len(values) == 1 and "ROW" not in words(a):
            raise NotSupportedError(
                "source for a multiple-column UPDATE item must be a sub-SELECT or ROW() expression",
                position=span_of(values[0])[0] + 1,
            )
        _require_as_many(names, values, next((x for x in a if str(x) == "row"), values[0]))
        return list(zip(names, values, strict=True))

    def query_assignment(self, a: Args) -> Any:
        """Each column takes one of a row of the query."""
        names, query = a[0], a[-1]
        if not isinstance(query, ast.Select) or any(isinstance(i.expression, ast.Star) for i in query.items):
            raise NotSupportedError(
                "this source of a multiple-column UPDATE item is not supported yet",
                hint="Write a SELECT that names its columns.",
            )
        _require_as_many(names, query.items, query)
        columns = tuple(f"vql__c{place}" for place in range(len(names)))
        rows = ast.QueryRef(query, "vql__set", columns)
        values = [ast.Select((ast.SelectItem(ast.Name((column,))),), (rows,)) for column in columns]
        return [(name, ast.Subquery(v, query.span)) for name, v in zip(names, values, strict=True)]

    def part_assignment(self, a: Args) -> Any:
        column, span = column_name(a[0]), span_of(a[0].token)
        operand: ast.Expression = ast.Name((column,), span)
        steps: list[tuple[ast.Expression, str | ast.Subscript]] = []
        for part in a[1:-2]:
            if isinstance(part, ast.Subscript):
                part = replace(part, operand=operand)
                if steps and isinstance(steps[-1][1], ast.Subscript):
                    steps.pop()
                steps.append((operand, part))
                operand = part
            else:
                steps.append((operand, part[1]))
                operand = ast.Field(operand, part[1], span)
        value = a[-1]
        for row, step in reversed(steps):
            if isinstance(step, ast.Subscript):
                value = ast.WithElements(step, column, value, span)
            else:
                value = ast.WithField(row, column, step, value, span)
        return (column, value)

    def target_field(self, a: Args) -> Any:
        return Marked(("field", str(a[0])))

    def delete(self, a: Args) -> Any:
        table, span = next(x for x in a if type(x) is tuple)
        parts = {x[0]: x[1] for x in a if isinstance(x, Marked)}
        sources = tuple(x for x in a if isinstance(x, ast.TableRef | ast.QueryRef | ast.Join | ast.CallRef))
        alias = parts.get("alias")
        return ast.Delete(table, alias, sources, where_of(a), span=span, **returning_of(a))

    def merge(self, a: Args) -> Any:
        table, span = next(x for x in a if type(x) is tuple)
        alias = next((x[1] for x in a if isinstance(x, Marked) and x[0] == "alias"), None)
        place = next(i for i, x in enumerate(a) if isinstance(x, Token) and x.type == "ON")
        whens = tuple(x for x in a if isinstance(x, ast.MergeWhen))
        return ast.Merge(table, alias, a[place - 1], a[place + 1], whens, span=span, **returning_of(a))

    def merge_when(self, a: Args) -> Any:
        rows = MERGED_ROWS[a[0].type]
        condition = a[2] if len(a) > 2 else None
        return replace(a[-1], rows=rows, condition=condition, span=span_of(a[0]))

    def merge_update(self, a: Args) -> Any:
        return ast.MergeWhen("", None, "update", a[1][1])

    def merge_delete(self, a: Args) -> Any:
        return ast.MergeWhen("", None, "delete")

    def merge_nothing(self, a: Args) -> Any:
        return ast.MergeWhen("", None, "nothing")

    def merge_insert(self, a: Args) -> Any:
        columns = next((tuple(x) for x in a if type(x) is list), ())
        overriding = next((x[1] for x in a if isinstance(x, Marked)), "")
        values = a[-1] if type(a[-1]) is tuple else ()
        return ast.MergeWhen("", None, "insert", (), columns, values, overriding)

    # -------------------------------------------------------------- definitions

    def explain(self, a: Args) -> Any:
        options = a[1][1] if isinstance(a[1], Marked) else ()
        return ast.Explain(a[-1], options, span_of(a[0]))

    def explain_options(self, a: Args) -> Any:
        return Marked(("options", tuple(a)))

    def explain_option(self, a: Args) -> Any:
        name = a[0][0] if type(a[0]) is tuple else str(a[0]).lower()
        value = str(a[1]).lower() if len(a) > 1 else "on"
        return name, {"false": "off", "0": "off", "true": "on", "1": "on"}.get(value, value)

    def explain_word(self, a: Args) -> Any:
        return str(a[0]), "on"

    def begin(self, a: Args) -> Any:
        moment, said = first_of(a, ast.AsOf), [str(x) for x in a[1:]]
        read_only = True if moment is not None else read_only_of(said)
        tag = "START TRANSACTION" if str(a[0]).startswith("start") else "BEGIN"
        return ast.Begin(read_only, isolation_of(said), deferrable_of(said), moment, span_of(a[0]), tag)

    def lock(self, a: Args) -> Any:
        words = {x.type: str(x) for x in a if isinstance(x, Token)}
        mode = words.get("LOCK_MODE", "in access exclusive mode").removeprefix("in ").removesuffix(" mode")
        return ast.Lock(names_of(a), mode, "NOWAIT" in words, span_of(a[0]))

    def commit(self, a: Args) -> Any:
        return ast.Commit(is_chained(a[1:]), span_of(a[0]))

    def rollback(self, a: Args) -> Any:
        if a[0].type == "ROLLBACK":
            return ast.Rollback(None, is_chained(a[1:]), span_of(a[0]))
        return ast.Rollback(str(a[1]), span=span_of(a[0]))

    def savepoint(self, a: Args) -> Any:
        return ast.Savepoint(str(a[1]), a[0].type == "RELEASE", span_of(a[0]))

    def set(self, a: Args) -> Any:
        value = ", ".join(map(_quoted_name, a[-1]) if a[1] in OF_NAMES else a[-1])
        return ast.Set(
            a[1], None if value.lower() == "default" else value, a[0].type == "SET_LOCAL", span_of(a[0])
        )

    def set_time_zone(self, a: Args) -> Any:
        value = None if a[-1].lower() in ("local", "default") else a[-1]
        return ast.Set("timezone", value, a[0].type == "SET_LOCAL", span_of(a[0]))

    def set_time_zone_interval(self, a: Args) -> Any:
        hours = read_interval(str(a[3])).microseconds / HOUR_US
        return ast.Set("timezone", f"{hours:g}", a[0].type == "SET_LOCAL", span_of(a[0]))

    def set_transaction(self, a: Args) -> Any:
        of_session = any("characteristics" in str(x) for x in a)
        modes = "session_mode" if of_session else "transaction_mode"
        return ast.Set(modes, ", ".join(str(x) for x in a if x.type == "MODE"), span=span_of(a[0]))

    def setting_name(self, a: Args) -> Any:
        return ".".join(str(x) for x in a)

    def setting_values(self, a: Args) -> Any:
        return list(a)

    def setting_value(self, a: Args) -> Any:
        return "".join(str(x) for x in a)

    def reset(self, a: Args) -> Any:
        return ast.Set(a[1], None, span=span_of(a[0]), is_reset=True)

    def show(self, a: Args) -> Any:
        return ast.Show(str(a[1]), span_of(a[0]))

    def copy(self, a: Args) -> Any:
        is_from = not {"FROM_STDIN", "FROM"}.isdisjoint(words(a))
        place = next((i for i, x in enumerate(a) if isinstance(x, Token) and x.type == "WHERE"), None)
        where = None if place is None else a[place + 1]
        if place is not None and not is_from:
            raise SyntaxError("WHERE clause not allowed with COPY TO", position=span_of(a[place])[0] + 1)
        query = first_of(a, (ast.Select, ast.Values, ast.SetOperation))
        table = next((x[0] for x in a if type(x) is tuple), None)
        columns = next((tuple(x) for x in a if type(x) is list), ())
        options = next((x[1] for x in a if isinstance(x, Marked)), ())
        copy = ast.Copy(table, columns, is_from, query, options, where, span_of(a[0]))
        path = next((x for x in a[2:] if isinstance(x, Token) and x.type == "STRING"), None)
        return copy if path is None else ast.CopyFile(copy, str(path))

    def copy_options(self, a: Args) -> Any:
        options = tuple(x for x in a if type(x) is tuple)
        if len(dict(options)) < len(options):
            raise SyntaxError("conflicting or redundant options")
        return Marked(("options", options))

    def copy_words(self, a: Args) -> Any:
        words = iter([x for x in a if not isinstance(x, Token) or x.type not in ("WITH", "AS")])
        options = []
        for word in words:
            name = str(word).lower()
            if name in COPY_OLD_WORDS:
                options.append(COPY_OLD_WORDS[name])
                continue
            value = next(words, None)
            if value is None:
                raise SyntaxError("syntax error at end of input")
            options.append((name, str(value)))
        return Marked(("options", tuple(options)))

    def copy_option(self, a: Args) -> Any:
        value = a[1] if len(a) > 1 else "true"
        return (str(a[0]).lower(), json.dumps(value) if isinstance(value, list) else str(value))

    def copy_word(self, a: Args) -> Any:
        return a[0]

    def discard(self, a: Args) -> Any:
        what, name = str(a[0]).upper().replace(" PREPARE", ""), str(a[1]) if len(a) > 1 else None
        if what == "DISCARD":
            if name not in DISCARDED:
                raise SyntaxError(f'syntax error at or near "{name}"', position=span_of(a[1].token)[0] + 1)
            what, name = f"DISCARD {DISCARDED[name]}", None
        return ast.Discard(what, name, span_of(a[0]))


def is_chained(said: Sequence[Token]) -> bool:
    """Whether AND CHAIN is said, by its words; not where nothing or AND NO CHAIN is. Raises 42601."""
    for token, word in zip(said[1:], ("no", "chain") if len(said) > 2 else ("chain",), strict=False):
        if str(token) != word:
            raise SyntaxError(f'syntax error at or near "{token}"', position=span_of(token)[0] + 1)
    return len(said) == 2
