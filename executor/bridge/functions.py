"""The functions that a query may call in DuckDB: an allow-list, by the name that is written.

On it are functions that PostgreSQL has or pgvector, and those of DuckDB that compute something from their
arguments and nothing else. Not on it, whatever DuckDB may bring: what reads or writes files, settings,
variables, the session, the log or DuckDB's catalog; what takes SQL, a name of a function or a type as text;
what makes a value whose size is an argument (`range`, `list_resize`), but for those that PostgreSQL has,
which `vql.executor.bridge.macros` bounds; what differs from PostgreSQL's function of that name (`format`,
`regexp_matches`). A name is looked up as PostgreSQL folds it, so "UPPER" is none.

`vql.executor.bridge.sql` asks here for every call of a query, in FROM as elsewhere. A test goes through all
functions that DuckDB has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from vql.errors import ProgrammingError, UndefinedFunction
from vql.executor.bridge.macros import MACROS
from vql.language import ast
from vql.language.ast.calls import AGGREGATES, FOLDS, WINDOWS
from vql.language.ast.walk import nodes_of

NUMBERS = """
    abs acos acosh asin asinh atan atan2 atanh bit_count cbrt ceil ceiling cos cosh cot degrees even exp
    factorial floor fmod gamma gcd greatest isfinite isinf isnan lcm least lgamma ln log log10 log2 nextafter
    pi pow power radians random round round_even setseed sign signbit sin sinh sqrt tan tanh trunc xor
"""
TEXTS = """
    ascii base64 bin bit_length bit_position chr concat concat_ws contains damerau_levenshtein ends_with
    from_base64 from_hex get_bit hex instr jaro_similarity jaro_winkler_similarity lcase left length
    levenshtein lower lpad ltrim md5 nfc_normalize ord overlay position prefix regexp_escape regexp_extract
    regexp_extract_all regexp_full_match regexp_replace regexp_split_to_array regexp_split_to_table repeat
    replace reverse right rpad rtrim set_bit sha1 sha256 split_part starts_with str_split string_split
    string_to_array strip_accents strlen strpos substr substring suffix to_base64 to_hex translate trim ucase
    unhex unicode upper url_decode url_encode
"""
MOMENTS = """
    age current_date current_localtime current_localtimestamp date_add date_diff date_part date_sub date_trunc
    datediff datepart datesub datetrunc day dayname dayofmonth dayofweek dayofyear days_in_month decade epoch
    epoch_ms epoch_ns epoch_us era hour isodow isoyear julian last_day make_date make_time make_timestamp
    make_timestamptz microsecond millennium millisecond minute month monthname now quarter second strftime
    strptime time_bucket timezone timezone_hour timezone_minute to_days to_hours to_microseconds
    to_milliseconds to_minutes to_months to_seconds to_timestamp to_weeks to_years today
    transaction_timestamp try_strptime week weekday weekofyear year yearweek century
"""
LISTS = """
    array_append array_cat array_concat array_contains array_distance array_distinct array_has array_has_all
    array_has_any array_inner_product array_intersect array_length array_position array_prepend array_slice
    array_sort array_to_string array_unique cardinality flatten generate_series generate_subscripts len
    list_append list_avg list_concat list_contains list_count list_distinct list_element list_extract
    list_first list_has list_has_all list_has_any list_intersect list_last list_max list_median list_min
    list_position list_prepend list_product list_reverse list_slice list_sort list_sum list_unique
    list_value list_zip unnest
"""
DOCUMENTS = """
    array_to_json json_array json_array_length json_contains json_exists json_extract json_extract_path
    json_extract_path_text json_extract_string json_group_array json_group_object json_keys json_merge_patch
    json_object json_pretty json_quote json_strip_nulls json_type json_valid json_value row_to_json to_json
"""
# Forms of DuckDB's grammar that look like calls.
FORMS = "coalesce grouping nullif"
# PostgreSQL's, whose answers say nothing here; those with one stand in vql.executor.bridge.catalog.
SYSTEM = """
    gen_random_uuid has_foreign_data_wrapper_privilege has_function_privilege has_language_privilege
    has_sequence_privilege has_server_privilege has_tablespace_privilege inet_client_port inet_server_port
    pg_conversion_is_visible pg_opfamily_is_visible pg_sleep pg_ts_config_is_visible pg_ts_dict_is_visible
    pg_ts_parser_is_visible pg_ts_template_is_visible uuid uuidv4 uuidv7
"""
# Functions that we write as macros for a query to call; names with vql__ are for the bridge alone.
_MADE = re.compile(r"CREATE MACRO ((?!vql__)\w+)")
OURS = frozenset(found[1] for macro in MACROS if (found := _MADE.match(macro)))
MACRO_CALL = re.compile(rf"\b(?:vql__\w+|{'|'.join(sorted(OURS))})\(")
ALLOWED = OURS.union(
    *(
        text.split()
        for text in (NUMBERS, TEXTS, MOMENTS, LISTS, DOCUMENTS, AGGREGATES, WINDOWS, FORMS, SYSTEM)
    )
)
# Those that DuckDB has by another name: distances, and others.
DISTANCES = {
    "l2": "vql__l2", "l2_distance": "vql__l2", "cosine": "vql__cosine", "cosine_distance": "vql__cosine",
    "ip": "vql__ip", "inner_product": "vql__inner_product", "l1": "vql__l1", "l1_distance": "vql__l1",
    "hamming": "vql__hamming", "hamming_distance": "vql__hamming",
    "jaccard": "vql__jaccard", "jaccard_distance": "vql__jaccard",
    "halfvec_negative_inner_product": "vql__ip", "sparsevec_negative_inner_product": "vql__ip",
    "halfvec_l2_squared_distance": "l2sq", "sparsevec_l2_squared_distance": "l2sq",
    "vector_negative_inner_product": "vql__ip", "vector_l2_squared_distance": "l2sq",
}  # fmt: skip
RENAMED = {
    "to_char": "vql__to_char", "cardinality": "cardinality_of", "pg_typeof": "vql__typeof",
    "jsonb_build_object": "json_object", "json_build_object": "json_object", "random": "random",
    "jsonb_agg": "json_group_array", "json_agg": "json_group_array", "every": "bool_and",
    "repeat": "vql__repeat", "lpad": "vql__lpad", "rpad": "vql__rpad", "generate_series": "vql__series",
}  # fmt: skip
SCHEMAS = frozenset({"pg_catalog", "public", "information_schema"})
# The schema of what the bridge itself calls: a query cannot write an empty name.
BRIDGE = ""


def check_schema(node: ast.Call) -> None:
    """Raise 3F000 for a schema that has no functions, 0A000 for a name of three parts."""
    position = node.span[0] + 1
    if len(node.name) > 2:
        raise ProgrammingError(
            f"cross-database references are not implemented: {'.'.join(node.name)}",
            sqlstate="0A000", position=position,
        )  # fmt: skip
    if len(node.name) == 2 and node.name[0] not in SCHEMAS and node.name[0] != BRIDGE:
        raise ProgrammingError(f'schema "{node.name[0]}" does not exist', sqlstate="3F000", position=position)


def undefined_function(node: ast.Call, types: str) -> UndefinedFunction:
    """Return the error for a function that does not exist, as Postgres words it."""
    return UndefinedFunction(
        f"function {'.'.join(node.name)}({types}) does not exist",
        hint="No function matches the given name and argument types."
        " You might need to add explicit type casts.",
        position=node.span[0] + 1,
    )


def has_aggregate(node: ast.Expression) -> bool:
    """Whether an expression has an aggregate or a window in it."""
    return any(found.name[-1] in FOLDS for found in nodes_of(node, ast.Call))


def once(text: str, make: Callable[[str], str], node: ast.Expression) -> str:
    """Return what `make` makes of the text in `node`, which stands in it once if it calls a macro itself.

    A macro's text has some of its arguments several times, and an overload is chosen by binding them: nested
    calls would take time that doubles with each. As a lambda's parameter they are bound once. DuckDB has no
    aggregates beside a lambda; where there are some, they stand as they are.
    """
    if not MACRO_CALL.search(text) or has_aggregate(node):
        return make(text)
    return f"list_transform([{text}], lambda vql__once: {make('vql__once')})[1]"


def called(name: str, arguments: Sequence[str], node: ast.Expression) -> str:
    """Return a call of a function or macro, its arguments bound once where that is needed."""
    nested = [text for text in arguments if MACRO_CALL.search(text)]
    if not nested or not MACRO_CALL.match(f"{name}(") or has_aggregate(node):
        return f"{name}({', '.join(arguments)})"
    fields = ", ".join(f"'a{place}': {text}" for place, text in enumerate(nested))
    places = iter(range(len(nested)))
    given = (f"vql__once.a{next(places)}" if MACRO_CALL.search(text) else text for text in arguments)
    return f"list_transform([{{{fields}}}], lambda vql__once: {name}({', '.join(given)}))[1]"
