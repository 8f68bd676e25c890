"""Which function or operator a call means: PostgreSQL's rules over the declarations of `vql.functions`.

Exact types first; then, among the candidates that the arguments can become, the most exact matches, the most
preferred types, and for literals of no type yet the category all candidates agree on. Chapter "Type
Conversion" of PostgreSQL's documentation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vql.dataclass import dataclass
from vql.deadline import check_deadline
from vql.errors import DatatypeMismatch
from vql.functions.declare import Function
from vql.language.analyze.resolution.coerce import (
    POLYMORPHIC,
    can_coerce,
    category,
    common_type,
    signature_type,
)
from vql.types.enums import Enumeration
from vql.types.ranges.made import RangeParts
from vql.types.ranges.multirange import MULTIRANGES
from vql.types.ranges.range import RANGES
from vql.types.type import TEXT, UNKNOWN, Type

ARRAYS = frozenset({"anyarray", "anycompatiblearray"})
ANY = frozenset({"any", '"any"'})
ENUM = "anyenum"
# The range and the multirange of an element type, and the other way round.
OVER = {
    "anyrange": {of.subtype.name: Type(of.name) for of in RANGES},
    "anymultirange": {sets.of.subtype.name: Type(sets.name) for sets in MULTIRANGES},
}
ELEMENTS = {name: {over.name: Type(element) for element, over in made.items()} for name, made in OVER.items()}
PAIRED = ("anyrange", "anymultirange")


@dataclass(frozen=True, slots=True)
class Resolution:
    """A function and what its arguments become: `types` one for each value given or defaulted; `declared` is
    what the signature says of them, which may be polymorphic."""

    function: Function
    declared: tuple[Type, ...]
    types: tuple[Type, ...]
    result: Type
    defaults: int = 0  # so many of the last arguments are their defaults


def chosen(candidates: Sequence[Function], given: Sequence[Type], is_operator: bool) -> Resolution | None:
    """Return what a call of these types means: None where nothing fits. Raises LookupError where several do
    equally well."""
    check_deadline()
    matches = [match for match in (_match(c, given) for c in candidates) if match is not None]
    for match in matches:
        if _is_exact(match, given):
            return match
    if is_operator and len(given) == 2 and UNKNOWN in given and given[0] != given[1]:
        alike = tuple(t if t != UNKNOWN else next(o for o in given if o != UNKNOWN) for t in given)
        for match in matches:
            if _is_exact(match, alike):
                return match
    if len(matches) <= 1:
        return matches[0] if matches else None
    best = _preferring(matches, given)
    if len(best) == 1:
        return best[0]
    best = _by_category(best, given)
    if len(best) == 1:
        return best[0]
    known = {type_.name for type_ in given if type_ != UNKNOWN}
    if len(known) == 1 and UNKNOWN in given:
        alike = tuple(next(t for t in given if t != UNKNOWN) for _ in given)
        same = [match for match in best if all(map(can_coerce, alike, match.types))]
        if len(same) == 1:
            return same[0]
    raise LookupError


def _is_exact(match: Resolution, given: Sequence[Type]) -> bool:
    return not match.defaults and all(t.name == g.name for t, g in zip(match.types, given, strict=False))


def _match(function: Function, given: Sequence[Type]) -> Resolution | None:
    """Return how a function takes values of these types, None where it does not."""
    arguments = function.arguments
    if arguments and arguments[-1].is_variadic and len(given) >= len(arguments):
        last = signature_type(arguments[-1].type)
        element = last if last.name in ANY else last.element if last.is_array else Type("anyelement")
        wanted = [signature_type(a.type) for a in arguments[:-1]]
        wanted += [element] * (len(given) - len(wanted))
    else:
        missing = len(arguments) - len(given)
        if missing < 0 or any(argument.default is None for argument in arguments[len(given) :]):
            return None
        wanted = [signature_type(argument.type) for argument in arguments]
    made = _instantiated(wanted[: len(given)], given, signature_type(function.result))
    if made is None:
        return None
    types, result = made
    if not all(map(can_coerce, given, types)):
        return None
    return Resolution(
        function, tuple(wanted), (*types, *wanted[len(given) :]), result, max(0, len(wanted) - len(given))
    )


def _instantiated(
    wanted: Sequence[Type], given: Sequence[Type], result: Type
) -> tuple[tuple[Type, ...], Type] | None:
    """Return a signature with its polymorphic types filled in, None where they do not agree."""
    if not any(type_.name in POLYMORPHIC for type_ in wanted):
        return tuple(wanted), result
    same = _elements(wanted, given, "any", "anycompatible")
    alike = _elements(wanted, given, "anycompatible", "never")
    if same is None or alike is None:
        return None
    if len({type_.name for type_ in same}) > 1:
        return None
    try:
        first = same[0] if same else TEXT
        over = _over(wanted, given)
        common = common_type(alike, "arguments") if alike else TEXT
    except DatatypeMismatch:
        return None

    def fill(type_: Type) -> Type:
        if type_.name not in POLYMORPHIC or type_.name in ANY:
            return type_
        element = common if type_.name.startswith("anycompatible") else first
        if type_.name == ENUM and not isinstance(element.made, Enumeration):
            return type_
        if type_.name in over:
            return over[type_.name]
        if type_.name in OVER:
            return OVER[type_.name].get(element.name, type_)
        return element.sized(None).array if type_.name in ARRAYS else element.sized(None)

    filled = []
    for type_, have in zip(wanted, given, strict=True):
        if type_.name in ANY:
            filled.append(TEXT if have == UNKNOWN else have)
            continue
        made = fill(type_)
        if made.name in OVER or made.name == ENUM or (type_.name.endswith("nonarray") and made.is_array):
            return None
        filled.append(made)
    return tuple(filled), fill(result)


def _elements(wanted: Sequence[Type], given: Sequence[Type], prefix: str, but: str) -> list[Type] | None:
    """Return the element types that polymorphic arguments of a family are given, None where an array is
    wanted and none given."""
    found = []
    for type_, have in zip(wanted, given, strict=True):
        name = type_.name
        if name not in POLYMORPHIC or name in ANY or not name.startswith(prefix) or name.startswith(but):
            continue
        if name in ARRAYS:
            have = have.of_list  # by an implicit cast
        if have == UNKNOWN:
            continue
        if name in ARRAYS:
            if not have.is_array:
                return None
            have = have.element
        if name == ENUM and not isinstance(have.made, Enumeration):
            return None
        if name in OVER:
            inner = ELEMENTS[name].get(have.name)
            if isinstance(have.made, RangeParts) and have.made.is_multi is (name == PAIRED[1]):
                inner = have.made.subtype
            if inner is None or have.is_array:
                return None
            have = inner
        found.append(have)
    return found


def _over(wanted: Sequence[Type], given: Sequence[Type]) -> dict[str, Type]:
    """Return what anyrange and anymultirange are where one that somebody made is given."""
    for type_, have in zip(wanted, given, strict=True):
        if type_.name in PAIRED and isinstance(have.made, RangeParts):
            pair = Type(have.made.pair[0], None, have.made.paired(have.name))
            one, many = (pair, have) if have.made.is_multi else (have, pair)
            return {PAIRED[0]: one.sized(None), PAIRED[1]: many.sized(None)}
    return {}


def _preferring(matches: list[Resolution], given: Sequence[Type]) -> list[Resolution]:
    """Keep those with the most exact matches, then those that take the most preferred types."""

    def exact(match: Resolution) -> int:
        return sum(g != UNKNOWN and t.name == g.name for t, g in zip(match.declared, given, strict=False))

    def preferred(match: Resolution) -> int:
        return sum(
            g != UNKNOWN and (t.name == g.name or (t.base.is_preferred and category_of(t) == category(g)))
            for t, g in zip(match.declared, given, strict=False)
        )

    for measure in (exact, preferred):
        most = max(map(measure, matches))
        matches = [match for match in matches if measure(match) == most]
    return matches


def category_of(declared: Type) -> str:
    """Return the category of a type of a signature, P for a polymorphic one."""
    return "P" if declared.name in POLYMORPHIC else category(declared)


def _by_category(matches: list[Resolution], given: Sequence[Type]) -> list[Resolution]:
    """Let literals of no type decide: text where a candidate takes text, else what all agree on."""
    for place, type_ in enumerate(given):
        if type_ != UNKNOWN:
            continue
        categories = {category_of(match.declared[place]) for match in matches}
        wanted = "S" if "S" in categories else categories.pop() if len(categories) == 1 else None
        if wanted is None:
            return matches
        left = [match for match in matches if category_of(match.declared[place]) == wanted]
        best = [match for match in left if match.declared[place].base.is_preferred]
        matches = best or left
    return matches


def named_arguments(
    candidates: Sequence[Function], names: Sequence[str | None]
) -> list[tuple[Function, list[int]]]:
    """Return the candidates that have arguments of these names, and for each the place in the call of its
    arguments in order; what is not given gets -1."""
    found = []
    for candidate in candidates:
        places = [-1] * len(candidate.arguments)
        known = {argument.name: place for place, argument in enumerate(candidate.arguments)}
        fits = len(names) <= len(places)
        for place, name in enumerate(names if fits else ()):
            at = place if name is None else known.get(name, -1)
            fits = fits and at >= 0 and places[at] < 0
            if fits:
                places[at] = place
        if fits and all(
            p >= 0 or a.default is not None for p, a in zip(places, candidate.arguments, strict=True)
        ):
            found.append((replace(candidate), places))
    return found
