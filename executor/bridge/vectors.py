"""Macros over vectors for DuckDB: distances, norms, casts between the types.

Inside DuckDB a vector is a list of FLOAT, a halfvec a struct around one, a bit string DuckDB's own
BIT and a sparsevec a struct of indices (from 1), elements and dim: four types that overloads can
tell apart and that equality, GROUP BY and DISTINCT work on. Distances between sparse vectors are
those of the two lists of elements at the indices either has.
"""

from __future__ import annotations

from vql.types.vectors.halfvec import DUCK_HALFVEC as HALFVEC
from vql.types.vectors.sparsevec import DUCK_SPARSEVEC as SPARSEVEC

_EITHER_NULL = "vql__a IS NULL OR vql__b IS NULL"


def _macro(name: str, *overloads: tuple[str, str]) -> str:
    """Return a macro of some overloads: (parameters, text), the most particular first.

    All of them are strict: NULL gives NULL. The test for it also keeps DuckDB from choosing among
    overloads inside a macro while its parameters have no types yet, when it is made.
    """
    strict = [
        (given, f"CASE WHEN {given.split(' ')[0].rstrip(',')} IS NULL THEN NULL ELSE {text} END")
        for given, text in overloads
    ]
    return f"CREATE MACRO {name} " + ", ".join(f"({given}) AS {text}" for given, text in strict)


def _distance(name: str, function: str) -> str:
    """Return a distance of lists of DOUBLE as a macro over vectors of all kinds."""
    dense = function.format(a="vql__dense(vql__a)", b="vql__dense(vql__b)")
    sparse = function.format(a="vql__aligned(vql__a, vql__b)", b="vql__aligned(vql__b, vql__a)")
    different = "error(format('different sparsevec dimensions {} and {}', vql__a.dim, vql__b.dim))"
    # A NULL vector has NULL elements inside DuckDB, at which its distance functions stop.
    return _macro(
        name,
        (
            f"vql__a {SPARSEVEC}, vql__b {SPARSEVEC}",
            f"CASE WHEN {_EITHER_NULL} THEN NULL WHEN vql__a.dim <> vql__b.dim THEN {different}"
            f" ELSE CAST({sparse} AS DOUBLE) END",
        ),
        ("vql__a, vql__b", f"CASE WHEN {_EITHER_NULL} THEN NULL ELSE {dense} END"),
    )


def _bit_distance(name: str, formula: str) -> str:
    a, b = "CAST(vql__a AS BIT)", "CAST(vql__b AS BIT)"
    different = f"error(format('different bit lengths {{}} and {{}}', bit_length({a}), bit_length({b})))"
    text = f"CASE WHEN bit_length({a}) <> bit_length({b}) THEN {different} ELSE {formula} END"
    return _macro(name, ("vql__a, vql__b", text.replace("$a", a).replace("$b", b)))


def _by_element(number: str, share: str, different: str) -> str:
    """Return the text that adds up vql__l, a list of vectors, in the order of its rows, each addition one of
    `number`s, and of that takes a `share`; `different` is what is said of two numbers of dimensions. The list
    is a lambda's parameter: DuckDB cannot plan an aggregate with a lambda in it inside of another lambda."""
    sizes = "[len(vql__v) FOR vql__v IN vql__rows]"
    other = f"list_filter({sizes}, lambda vql__n: vql__n <> len(vql__rows[1]))"
    elements = f"[CAST(vql__v[vql__i] AS {number}) FOR vql__v IN vql__rows]"
    # DuckDB's sums begin with 0, and a sum of minus zeros is one.
    total = f"list_reduce({elements}, lambda vql__a, vql__b: vql__a + vql__b)"
    return (
        "list_transform([list_filter(vql__l, lambda vql__v: vql__v IS NOT NULL)],"
        " lambda vql__rows: CASE WHEN len(vql__rows) = 0 THEN NULL"
        f" WHEN len({other}) > 0 THEN error(format('{different}', len(vql__rows[1]), {other}[1])) ELSE"
        f" [CAST({total}{share} AS FLOAT) FOR vql__i IN range(1, len(vql__rows[1]) + 1)] END)[1]"
    )


_L1 = "list_sum([abs(vql__p[1] - vql__p[2]) for vql__p in list_zip({a}, {b})]) + 0 * list_distance({a}, {b})"
_BOTH = "bit_count($a & $b)"
# Half precision: 11 significant bits, down to 2^-24; ties to even.
_HALF_STEP = "pow(2, greatest(floor(log2(abs(vql__e))), -14) - 10)"
_AT = "coalesce(vql__x.elements[list_position(vql__x.indices, CAST(vql__i AS INTEGER))], 0)"
CONVERSIONS = (
    _macro(
        "vql__half",
        (
            "vql__e",
            "CASE WHEN vql__e = 0 OR isnan(vql__e) THEN vql__e WHEN abs(vql__e) >= 65520"
            " THEN error(format('\"{}\" is out of range for type halfvec', vql__e))"
            f" ELSE round_even(vql__e / {_HALF_STEP}, 0) * {_HALF_STEP} END",
        ),
    ),
    # What a column of halfvec crosses as holds halves already.
    _macro(
        "vql__halfvec",
        ("vql__x", "{'halfs': CAST(vql__x AS FLOAT[])}"),
    ),
    _macro(
        "vql__to_vector",
        (f"vql__x {HALFVEC}", "vql__x.halfs"),
        (f"vql__x {SPARSEVEC}", f"[{_AT} FOR vql__i IN range(1, vql__x.dim + 1)]"),
        ("vql__x", "CAST(vql__x AS FLOAT[])"),
    ),
    _macro("vql__dense", ("vql__x", "CAST(vql__to_vector(vql__x) AS DOUBLE[])")),
    # Of numbers; beside an aggregate DuckDB cannot choose among the overloads of the next one.
    _macro(
        "vql__halved",
        ("vql__x", "vql__halfvec([CAST(vql__half(vql__e) AS FLOAT) FOR vql__e IN vql__x])"),
    ),
    _macro(
        "vql__to_halfvec",
        (f"vql__x {HALFVEC}", "vql__x"),
        ("vql__x", "vql__halved(vql__dense(vql__x))"),
    ),
    _macro(
        "vql__sparse_of",
        (
            "vql__x",
            "{'indices': [CAST(vql__i AS INTEGER) FOR vql__i IN range(1, len(vql__x) + 1)"
            " IF vql__x[vql__i] <> 0], 'elements': [vql__e FOR vql__e IN vql__x IF vql__e <> 0],"
            " 'dim': CAST(len(vql__x) AS INTEGER)}",
        ),
    ),
    _macro(
        "vql__to_sparsevec",
        (f"vql__x {SPARSEVEC}", "vql__x"),
        ("vql__x", "vql__sparse_of(vql__to_vector(vql__x))"),
    ),
    _macro(
        "vql__bit",
        (
            "vql__x, vql__n",
            "CAST(rpad(CAST(CAST(vql__x AS BIT) AS VARCHAR), vql__n, '0') AS BIT)",
        ),
    ),
    _macro("vql__bits", ("vql__x", "CAST(vql__x AS BIT)")),
    _macro(
        "vql__sized",
        (
            "vql__x, vql__d, vql__n",
            "CASE WHEN vql__d <> vql__n THEN error(format('expected {} dimensions, not {}', vql__n, vql__d))"
            " ELSE vql__x END",
        ),
    ),
)

DISTANCES = (
    # The elements of a at the indices either vector has.
    _macro(
        "vql__aligned",
        (
            "vql__a, vql__b",
            "[CAST(coalesce(vql__a.elements[list_position(vql__a.indices, vql__i)], 0) AS DOUBLE)"
            " FOR vql__i IN list_sort(list_distinct(list_concat(vql__a.indices, vql__b.indices)))]",
        ),
    ),
    _distance("vql__l2", "list_distance({a}, {b})"),
    _distance("vql__cosine", "list_cosine_distance({a}, {b})"),
    _distance("vql__ip", "list_negative_inner_product({a}, {b})"),
    _distance("vql__inner_product", "list_inner_product({a}, {b})"),
    _distance("vql__l1", _L1),
    _bit_distance("vql__hamming", "CAST(bit_count(xor($a, $b)) AS DOUBLE)"),
    _bit_distance(
        "vql__jaccard",
        f"CASE WHEN {_BOTH} = 0 THEN 1.0::DOUBLE ELSE 1 - {_BOTH} / bit_count($a | $b) END",
    ),
    _macro("l2sq", ("vql__a, vql__b", "pow(vql__l2(vql__a, vql__b), 2)")),
)

FUNCTIONS = (
    _macro("vql__vector_sum", ("vql__l", _by_element("FLOAT", "", "different vector dimensions {} and {}"))),
    _macro(
        "vql__vector_avg",
        ("vql__l", _by_element("DOUBLE", " / len(vql__rows)", "expected {} dimensions, not {}")),
    ),
    _macro("vector_dims", ("vql__v", "CAST(len(vql__to_vector(vql__v)) AS INTEGER)")),
    _macro(
        "vql__norm",
        ("vql__v", "sqrt(list_inner_product(vql__v, vql__v))"),
    ),
    _macro(
        "vector_norm",
        (f"vql__v {SPARSEVEC}", "vql__norm(CAST(vql__v.elements AS DOUBLE[]))"),
        ("vql__v", "vql__norm(vql__dense(vql__v))"),
    ),
    _macro(
        "binary_quantize",
        (
            "vql__v",
            "CAST(array_to_string([CASE WHEN vql__e > 0 THEN '1' ELSE '0' END"
            " for vql__e in vql__dense(vql__v)], '') AS BIT)",
        ),
    ),
)

VECTOR_MACROS = (*CONVERSIONS, *DISTANCES, *FUNCTIONS)
