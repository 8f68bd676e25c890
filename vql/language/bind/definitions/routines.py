"""Calls of functions that CREATE FUNCTION made: the query of each in the place of its call, as a view's is.

Which of several functions of a name a call means is known when the types of its arguments are: to each call
its candidates are given, bound, and analysis puts one of them in its place. One in FROM whose arguments name
no column becomes a query before, so that a search in it goes by an index.

A function runs with the rights of who calls it, sees what is there at the statement's moment, and finds names
through the search path of its caller.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from vql.errors import Error, InvalidFunctionDefinition, NotSupportedError, SyntaxError
from vql.functions.declare import FUNCTIONS
from vql.functions.library import load_families
from vql.language import ast, parser
from vql.language.analyze.inlined import argument_scope, columns_given, signature_of
from vql.language.analyze.names import Scope
from vql.language.analyze.resolution.coerce import ASSIGNMENT, can_coerce
from vql.language.analyze.resolution.resolve import chosen, named_arguments
from vql.language.analyze.tree import OutputColumn
from vql.language.ast.moments import at_moment
from vql.language.ast.walk import nodes_of, rewrite, walk
from vql.language.bind.access.permissions import require_names, require_rights
from vql.language.bind.definitions.views import with_views
from vql.language.bind.names import CatalogThen, Tables
from vql.language.bind.queries import infer
from vql.language.bind.references import with_tables
from vql.naming import searched
from vql.roles.role import denied
from vql.routines import Routine
from vql.types.type import Type

TEXTS_KEPT = 256
BODY = "vql__body"
ALIAS = "vql__f{0}"


@lru_cache(TEXTS_KEPT)
def query_of_routine(text: str, is_expression: bool) -> ast.Query:
    """Return the query that a function is. Raises 42601, 0A000."""
    parts = [text] if is_expression else parser.split(text)
    if len(parts) != 1:
        what = "more than one statement" if parts else "no statement"
        raise NotSupportedError(f"functions of {what} are not supported yet")
    found = parser.parse(f"SELECT {text}" if is_expression else parts[0], "wire")
    if not isinstance(found, ast.Query):
        raise NotSupportedError(
            "functions of other statements than SELECT are not supported yet",
            hint="Write the function as one SELECT, and change rows from the program.",
        )
    if next(nodes_of(found, ast.AsOf), None) is not None:
        hint = "Write AS OF where the function is called."
        raise NotSupportedError("AS OF in a function is not supported", hint=hint)
    return found


def catalog_at(tables: Tables, moment: int | None) -> CatalogThen:
    """Return the definitions at the moment of a number, None for the statement's."""
    return tables.catalogs[0 if moment is None else moment + 1]


def routines_named(name: Sequence[str], tables: Tables, moment: int | None = None) -> list[Routine]:
    """Return the functions of a name, at the moment of a number, one of each list of arguments: the first on
    the path."""
    found: dict[str, Routine] = {}
    known = catalog_at(tables, moment).others.values()
    there = [each for each in known if isinstance(each, Routine) and each.name == name[-1]]
    for schema in searched(name, tables.path) if there else ():
        for routine in there:
            if routine.schema == schema:
                found.setdefault(routine.signature, routine)
    return list(found.values())


def routines_called(query: ast.Query, tables: Tables) -> tuple[tuple[int, str], ...]:
    """Return the ids and names of the functions that the calls in a query may mean."""
    calls = nodes_of(query, ast.Call)
    return tuple(
        sorted({(r.routine_id, r.name) for call in calls for r in routines_named(call.name, tables)})
    )


def with_routines(node: Any, tables: Tables) -> Any:
    """Return a statement, or a part of one, whose calls of functions have what these are. `with_views` has
    been there. Raises 42501, 0A000, and what is wrong with a function."""
    if not any(isinstance(each, Routine) for there in tables.catalogs for each in there.others.values()):
        return node
    return _Calls(tables, ()).in_place(node)


def check_body(routine: Routine, tables: Tables) -> None:
    """Raise where the query of a function is none, or does not give what the function is to. Raises 42P13."""
    calls = _Calls(tables, ())
    candidate = calls.candidate(routine)
    body = calls.over_values(routine, [ast.Parameter(i) for i in range(len(routine.arguments))], None)
    if body is None:
        scope = argument_scope(candidate, [argument.type for argument in routine.arguments])
        given = _columns(candidate.query, tables, scope)
    else:
        given = _columns(body, tables)
    wanted = [column.type for column in candidate.gives]
    result = "record" if routine.columns else routine.result.formatted()
    mismatch = f"return type mismatch in function declared to return {result}"
    if len(given) != len(wanted):
        few = "too few" if len(given) < len(wanted) else "too many"
        detail = f"Final statement returns {few} columns."
        if len(wanted) == 1 and not routine.columns:
            detail = "Final statement must return exactly one column."
        raise InvalidFunctionDefinition(mismatch, detail=detail)
    for place, (column, type_) in enumerate(zip(given, wanted, strict=True), 1):
        if not can_coerce(column.type, type_, ASSIGNMENT):
            shown = column.type.sized(None).formatted()
            detail = f"Actual return type is {shown}."
            if len(wanted) > 1:
                detail = f"Final statement returns {shown} instead of {type_.formatted()} at column {place}."
            raise InvalidFunctionDefinition(mismatch, detail=detail)


def _columns(query: ast.Query, tables: Tables, outer: Scope | None = None) -> Sequence[OutputColumn]:
    """Return the columns of a function's query. Raises what is wrong with it."""
    try:
        return infer(query, tables, [], outer=outer)
    except Error as error:
        error.position = None  # it is one of the function's text
        raise


def _written(type_: Type) -> ast.TypeName:
    return ast.TypeName(type_.sized(None).formatted())


class _Calls:
    """Puts functions in the places of their calls, `inside` those of some ids."""

    def __init__(self, tables: Tables, inside: tuple[int, ...]) -> None:
        self._tables = tables
        self._inside = inside

    def in_place(self, node: Any) -> Any:
        """Return a part of a statement whose calls have their candidates."""
        return rewrite(node, self._changed)

    def _changed(self, node: object) -> object:
        match node:
            case ast.Call(candidates=()):
                return self._with_candidates(node)
            case ast.CallRef(calls=(ast.Call(candidates=(_, *_)),)):
                return self._as_query(node) or node
        return node

    def _with_candidates(self, call: ast.Call) -> ast.Call:
        known = self._meant(call)
        if not known:
            return call
        rights = self._tables.rights
        for routine in known:
            if rights is not None and "X" not in routine.access.rights("function", rights.held):
                raise denied(f"for function {routine.name}")
        return replace(call, candidates=tuple(self.candidate(each, call.moment) for each in known))

    def _meant(self, call: ast.Call) -> list[Routine]:
        if not call.among:
            return routines_named(call.name, self._tables, call.moment)
        there = catalog_at(self._tables, call.moment)
        found = (there.definition(each) for each, name in call.among if name == call.name[-1])
        return [each for each in found if isinstance(each, Routine)]

    def candidate(self, routine: Routine, moment: int | None = None) -> ast.Candidate:
        """Return what a call of a function at the moment of a number may become."""
        alias = ALIAS.format(routine.routine_id)
        names = tuple(a.name or f"${place}" for place, a in enumerate(routine.arguments, 1))
        gives = columns_given(routine, catalog_at(self._tables, moment))
        values = [ast.Name((alias, name)) for name in names]
        places = {name: place for place, name in enumerate(names)}
        body = self.body(routine, values, places, moment, qualified=True)
        return ast.Candidate(routine, gives, alias, names, body)

    def body(
        self,
        routine: Routine,
        values: Sequence[ast.Expression],
        names: Mapping[str, int],
        moment: int | None,
        *,
        qualified: bool,
    ) -> ast.Query:
        """Return the query of a function over the values of its arguments, for `$n` and for some names: where
        these are `qualified` by the function's alone. It reads what is there at the moment of a number."""
        if routine.routine_id in self._inside:
            raise NotSupportedError(f"function {routine.name} that calls itself is not supported")
        query = query_of_routine(routine.text, routine.is_expression)
        own: dict[tuple[str, ...], int] = {}
        if routine.name not in self._columns_in(query):
            own = {(routine.name, name): place for name, place in names.items()}
        if not qualified:
            own |= {(name,): place for name, place in names.items()}

        def filled(node: object) -> object:
            match node:
                case ast.Parameter(index=index) if index < len(values):
                    return values[index]
                case ast.Parameter(index=index):
                    raise SyntaxError(f"there is no parameter ${index + 1}", sqlstate="42P02")
                case ast.Name(parts=parts) if parts in own:
                    return values[own[parts]]
                case ast.Call() if moment is not None:
                    return replace(node, moment=moment)
            return node

        try:
            query = with_tables(rewrite(query, filled), lambda ref: at_moment(ref, moment))
            if self._tables.rights is not None:
                require_names(query, self._tables.rights)
                require_rights(query, self._tables, self._tables.rights)
            made: ast.Query = with_views(query, self._tables)
            return _Calls(self._tables, (*self._inside, routine.routine_id)).in_place(made)  # type: ignore[no-any-return]
        except Error as error:
            error.position = None  # it is one of the function's text
            raise

    # -------------------------------------------------------------- rows

    def _as_query(self, node: ast.CallRef) -> ast.QueryRef | None:
        """Return the query of a function in FROM whose arguments are the same for all rows, None of any
        other."""
        (call,) = node.calls
        if node.ordinality or node.definitions or not all(map(_is_settled, call.arguments)):
            return None
        if call.name[-1] in FUNCTIONS or call.is_variadic or len(call.candidates) > 1:
            return None
        (candidate,) = call.candidates
        routine = candidate.routine
        if not routine.gives_rows or routine.is_strict:
            return None
        values = self._values(call, routine)
        if values is None:
            return None
        body = self.over_values(routine, values, call.moment)
        if body is None:
            return None
        wanted = candidate.gives
        given = _columns(body, self._tables)
        columns = tuple(column.name for column in wanted)
        alias = node.alias or routine.name
        if len(columns) == 1 and not (routine.columns or routine.relation_id):
            columns = (alias,)
        named = (*node.columns, *columns[len(node.columns) :])
        if [column.type for column in given] == [column.type for column in wanted]:
            return ast.QueryRef(body, alias, named, node.lateral, node.span, view="")
        inner = tuple(f"vql__c{place}" for place in range(len(wanted)))
        items = tuple(
            ast.SelectItem(ast.Cast(ast.Name((BODY, name)), _written(column.type)), column.name)
            for name, column in zip(inner, wanted, strict=True)
        )
        query = ast.Select(items, (ast.QueryRef(body, BODY, inner),))
        return ast.QueryRef(query, alias, named, node.lateral, node.span, view="")

    def _values(self, call: ast.Call, routine: Routine) -> list[ast.Expression] | None:
        """Return the values of a function's arguments as of their types, None where it does not take them."""
        signature = signature_of(routine)
        names = [*call.argument_names, *[None] * (len(call.arguments) - len(call.argument_names))]
        fitting = named_arguments([signature], names)
        if not fitting:
            return None
        found = []
        for place, argument in zip(fitting[0][1], routine.arguments, strict=True):
            value = (
                call.arguments[place] if place >= 0 else parser.parse_expression(argument.default or "NULL")
            )
            found.append(value)
        types = [
            column.type for column in infer(ast.Select(tuple(map(ast.SelectItem, found))), self._tables, [])
        ]
        match = chosen([signature], types, is_operator=False) if found else True
        if not match:
            return None
        return found

    def over_values(
        self, routine: Routine, values: Sequence[ast.Expression], moment: int | None
    ) -> ast.Query | None:
        """Return the query of a function over values, as of the types of its arguments, in their places; None
        where a name may be that of a column too: which of both it means depends on where it stands."""
        names = {argument.name: place for place, argument in enumerate(routine.arguments) if argument.name}
        query = query_of_routine(routine.text, routine.is_expression)
        if not names.keys().isdisjoint(self._columns_in(query)):
            return None
        typed = [
            ast.Cast(value, _written(argument.type))
            for value, argument in zip(values, routine.arguments, strict=True)
        ]
        return self.body(routine, typed, names, moment, qualified=False)

    def _columns_in(self, query: ast.Query) -> set[str]:
        """Return all names that columns may have in a query."""
        found: set[str] = set()
        for ref in nodes_of(query, ast.TableRef):
            relation = self._tables.find_view(ref.name) or self._tables.find(ref.name)
            found |= {column.name for column in relation.columns} if relation is not None else set()
            found |= {*ref.columns, ref.alias or ref.name[-1]}
        for item in nodes_of(query, ast.SelectItem):
            found |= {item.alias} if item.alias else set()
        for source in walk(query):
            if isinstance(source, ast.QueryRef | ast.CallRef):
                found |= {*source.columns, source.alias or ""}
            elif isinstance(source, ast.CommonTable):
                found |= {*source.columns, source.name}
        return found


def _is_settled(node: ast.Expression) -> bool:
    """Whether an expression names no column and has the same value wherever it stands."""
    load_families()
    if any(True for _ in nodes_of(node, ast.Name | ast.Star | ast.Query)):  # type: ignore[arg-type]
        return False
    for call in nodes_of(node, ast.Call):
        known = FUNCTIONS.get(call.name[-1], ())
        if call.candidates or any(each.volatility == "volatile" or each.gives_rows for each in known):
            return False
    return True
