"""Distances of pgvector's dense types and bit strings, their casts and folds, by macros of the bridge
(`vql.executor.bridge.vectors`); what is computed element by element: `vql.functions.vectors.math`."""

from __future__ import annotations

from vql.functions.declare import aggregate, cast_in_duck, in_duck, operator_in_duck
from vql.functions.vectors.math import DENSE, vector_mean, vector_sum

DISTANCES = {
    "<->": ("vql__l2", ("l2_distance", "l2")),
    "<=>": ("vql__cosine", ("cosine_distance", "cosine")),
    "<#>": ("vql__ip", ("ip",)),
    "<+>": ("vql__l1", ("l1_distance", "l1")),
}
BIT_DISTANCES = {
    "<~>": ("vql__hamming", ("hamming_distance", "hamming")),
    "<%>": ("vql__jaccard", ("jaccard_distance", "jaccard")),
}
COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")

for _type in DENSE:
    for _operator, (_macro, _names) in DISTANCES.items():
        operator_in_duck(f"{_type} {_operator} {_type} -> double precision", f"{_macro}({{0}}, {{1}})")
        for _name in _names:
            in_duck(f"{_name}({_type}, {_type}) -> double precision", f"{_macro}({{0}}, {{1}})")
    in_duck(f"inner_product({_type}, {_type}) -> double precision", "vql__inner_product({0}, {1})")
    in_duck(f"{_type}_negative_inner_product({_type}, {_type}) -> double precision", "vql__ip({0}, {1})")
    in_duck(f"{_type}_l2_squared_distance({_type}, {_type}) -> double precision", "l2sq({0}, {1})")
    in_duck(f"l2_norm({_type}) -> double precision", "vector_norm({0})")
    in_duck(f"vector_dims({_type}) -> integer", "vector_dims({0})")
    in_duck(f"binary_quantize({_type}) -> bit", "binary_quantize({0})")
# As lists: DuckDB compares no arrays of different lengths.
for _operator in COMPARISONS:
    _listed = f"CAST({{0}} AS FLOAT[]) {_operator} CAST({{1}} AS FLOAT[])"
    operator_in_duck(f"vector {_operator} vector -> boolean", _listed)
    operator_in_duck(f"halfvec {_operator} halfvec -> boolean", f"{{0}} {_operator} {{1}}")
in_duck("vector_norm(vector) -> double precision", "vector_norm({0})")

for _operator, (_macro, _names) in BIT_DISTANCES.items():
    operator_in_duck(f"bit {_operator} bit -> double precision", f"{_macro}({{0}}, {{1}})")
    for _name in _names:
        in_duck(f"{_name}(bit, bit) -> double precision", f"{_macro}({{0}}, {{1}})")
for _operator in ("=", "<>"):
    operator_in_duck(f"bit {_operator} bit -> boolean", f"{{0}} {_operator} {{1}}")

for _fold, _run in (("sum", vector_sum), ("avg", vector_mean)):
    in_duck(
        f"{_fold}(vector) -> vector",
        f"vql__vector_{_fold}(list(vql__to_vector({{0}})){{tail}})",
        _run,
        is_aggregate=True,
    )
in_duck(
    "avg(halfvec) -> halfvec",
    "vql__halved(vql__vector_avg(list(vql__to_vector({0})){tail}))",
    vector_mean,
    is_aggregate=True,
)
aggregate("sum(halfvec) -> halfvec")(vector_sum)  # each addition in half precision

cast_in_duck("vector -> halfvec", "vql__halved({0})", willingness="implicit")
cast_in_duck("halfvec -> vector", "({0}).halfs", willingness="assignment")
cast_in_duck("vector -> sparsevec", "vql__sparse_of({0})", willingness="implicit")
cast_in_duck("halfvec -> sparsevec", "vql__sparse_of(({0}).halfs)", willingness="implicit")
