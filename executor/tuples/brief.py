"""Programs that are sure to take little, which a server runs in its event loop: `is_brief_program(query)`.

What they call takes time that is bounded by its arguments, and the rows that they go through and the columns
that their masks read are counted while they run: past what is left to them they give up, as others do.
"""

from __future__ import annotations

from vql.functions.declare import Function
from vql.language.analyze import tree
from vql.language.ast.walk import walk
from vql.types.base import Storage
from vql.types.type import Type

# Rows that a program may go through, and what may be spent on masks: microseconds by what one core takes to
# read a number of a column, or a value that is not a number.
BRIEF_ROWS, MASKS_US = 256, 2_000.0
NUMBER_US, VALUE_US = 0.003, 0.05
# Of texts: none makes a longer one than it is given, but by as much as it is given.
OF_TEXTS = frozenset(
    """
    = <> < <= > >= || concat upper lower initcap length char_length character_length octet_length bit_length
    btrim ltrim rtrim trim substring substr left right strpos position starts_with ascii reverse md5
    """.split()
)
OF_SESSION = frozenset(
    """
    now transaction_timestamp statement_timestamp current_timestamp localtimestamp current_date current_time
    localtime current_user session_user user current_role current_schema current_database current_catalog
    version pg_backend_pid current_setting pg_is_in_recovery date_trunc date_part extract age to_char
    """.split()
)
# The categories of dates and spans of time, as pg_type has them.
DATES = ("D", "T")
# Characters, bytes or elements of a value that is given, or that a row has, at most.
VALUE_MAX = 10_000
FOLDED = frozenset({"count", "sum", "min", "max", "avg", "bool_and", "bool_or", "every"})


def is_brief_program(query: tree.Query) -> bool:
    """Whether nothing in an analysed query takes longer than its rows and their values say."""
    for node in walk(query):
        match node:
            case tree.FuncExpr(function=function, arguments=arguments):
                if not _is_bounded(function, [node.type, *[argument.type for argument in arguments]]):
                    return False
            case tree.InExpr(function=function) | tree.ArrayComparison(function=function):
                if not _is_bounded(function, [node.left.type]):
                    return False
            case tree.Aggref(function=function):
                if function.name not in FOLDED or node.distinct or node.order_by:
                    return False
            case tree.Coerce(operand=operand, type=type_) if not isinstance(operand, tree.Const):
                of_texts = operand.type.is_string and type_.is_string
                if not (of_texts or (_is_fixed(operand.type) and _is_fixed(type_))):
                    return False
            case tree.CoerceToDomain() | tree.RangeFunction():
                return False
    return True


def is_small(value: object) -> bool:
    """Whether a value of any length is a short one."""
    return not isinstance(value, str | bytes | list | tuple) or len(value) <= VALUE_MAX


def _is_bounded(function: Function, types: list[Type]) -> bool:
    if function.volatility == "volatile":
        return False
    if function.needs_environment and not function.is_operator:
        return function.name in OF_SESSION
    if all(map(_is_fixed, types)):
        return True
    return function.name in OF_TEXTS and all(_is_fixed(t) or t.is_string for t in types)


def _is_fixed(type_: Type) -> bool:
    return type_.base.storage is Storage.NUMBERS or type_.base.category in DATES
