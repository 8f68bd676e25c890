"""What an expression is by its form: of one row or of many, as aggregates and series are; a condition."""

from __future__ import annotations

from vql.language import ast
from vql.language.ast.walk import nodes_of

# How well a text meets words.
TEXT_RANK = "<@>"
RRF = ("rrf",)
AGGREGATES = """
    any_value approx_count_distinct approx_quantile arbitrary arg_max arg_min array_agg avg bit_and bit_or
    bit_xor bool_and bool_or corr count count_if covar_pop covar_samp entropy favg first fsum histogram
    kurtosis kurtosis_pop last list mad max max_by mean median min min_by mode product quantile quantile_cont
    quantile_disc regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy
    sem skewness stddev stddev_pop stddev_samp string_agg sum var_pop var_samp variance
"""
WINDOWS = """
    cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank row_number
"""
FOLDS = frozenset((AGGREGATES + WINDOWS).split()) | {"every", "json_agg", "jsonb_agg", "json_group_array"}
# Functions of rows, which may stand in FROM with columns of their own.
SERIES = frozenset({"generate_series", "unnest", "regexp_split_to_table", "jsonb_array_elements",
                    "jsonb_array_elements_text", "jsonb_object_keys", "generate_subscripts"})  # fmt: skip
COMPARISONS = frozenset({"=", "<>", "<", "<=", ">", ">="})
OF_ARRAYS = frozenset({"@>", "<@", "&&"})


def is_of_one_row(node: object) -> bool:
    """Whether what an expression says of a row does not depend on others, and is one value."""
    return not any(call.over or call.name[-1] in FOLDS | SERIES for call in nodes_of(node, ast.Call))


def is_condition(node: ast.Expression) -> bool:
    """Whether an expression is a predicate by its form; numpy may still have no way to compute it."""
    match node:
        case ast.Binary(op=op):
            return op in COMPARISONS or op in OF_ARRAYS or op in ("AND", "OR")
        case ast.Unary(op="NOT") | ast.IsTest() | ast.In() | ast.Between() | ast.Like() | ast.Quantified():
            return True
    return False


def ranks_rows(node: object) -> bool:
    """Whether a part of a query ranks rows as searches alone can: by words, by several ranks, in groups."""
    match node:
        case ast.Binary(op=op):
            return op == TEXT_RANK
        case ast.Call(name=name):
            return name == RRF
        case ast.Select(per=per):
            return per is not None
    return False
