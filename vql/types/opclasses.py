"""Operator classes of vectors: which type and metric each name stands for."""

from __future__ import annotations

import re

from vql.errors import DatatypeMismatch, InvalidParameterValue, UndefinedObject
from vql.types.arrays.arrays import ArrayType
from vql.types.base import BaseType
from vql.types.type import SCALARS, Type

Options = tuple[tuple[str, float | str], ...]

# What PostgreSQL's operator classes of sorted indexes, and those of extensions, are named after. All sort as
# their type does; what `pattern` says of collations holds for all of C.
SORTED_CLASSES = """
    array bit bool bpchar bytea char cidr citext date enum float4 float8 halfvec inet int2 int4 int8 interval
    jsonb macaddr macaddr8 money multirange name numeric oid oidvector pg_lsn range record record_image
    sparsevec text tid time timestamp timestamptz timetz tsquery tsvector uuid varbit varchar vector xid8
    text_pattern varchar_pattern bpchar_pattern aclitem cid xid
""".split()

ARRAY_CLASS = "array_ops"
# The classes of all types of a kind.
KIND_CLASSES = {"e": "enum_ops", "r": "range_ops", "m": "multirange_ops", "c": "record_ops"}
ENDING = re.compile(r"(_pattern|_path|_image|_minmax_multi|_minmax|_bloom|_inclusion)?_ops$")
# Types whose classes take each other's values.
TEXTS = frozenset({"text", "varchar", "bpchar"})
# How operator classes spell metrics.
METRIC_WORDS = {
    "l2": "l2", "inner_product": "ip", "cosine": "cosine", "l1": "l1", "hamming": "hamming",
    "jaccard": "jaccard",
}  # fmt: skip
# name -> (type, metric)
OPCLASSES = {
    f"{base.name}_{METRIC_WORDS[metric]}_ops": (base.name, metric)
    for base in SCALARS
    for metric in base.metrics
}
METRIC_NAMES = {
    "l2": "l2", "euclidean": "l2", "ip": "inner_product", "inner_product": "inner_product",
    "cosine": "cosine", "l1": "l1", "l2sq": "l2", "hamming": "hamming", "jaccard": "jaccard",
}  # fmt: skip


def class_of(base: BaseType, ending: str = "_ops") -> str:
    """Return the class of a type that is not of a metric, with how classes of its method end."""
    if isinstance(base, ArrayType):
        return ARRAY_CLASS
    if base.type_kind in KIND_CLASSES:
        return KIND_CLASSES[base.type_kind]
    return (base.classed_as or base.short_name) + ending


def check_class(name: str, type_: Type) -> None:
    """Raise 42804 where a class that is not of a metric is of another type."""
    own, given = (ENDING.sub("", each) for each in (class_of(type_.base), name))
    if own != given and not {own, given} <= TEXTS:
        raise DatatypeMismatch(f'operator class "{name}" does not accept data type {type_.formatted()}')


def opclass_of(type_name: str, metric: str) -> str:
    """Return the operator class of a metric over a type, as pg_get_indexdef names it."""
    return next(name for name, pair in OPCLASSES.items() if pair == (type_name, metric))


def default_metric(type_: Type) -> str:
    """Return the metric of an index for which none is named, "" for a type without distances."""
    return type_.base.metrics[0] if type_.base.metrics else ""


def metric_of(method: str, opclass: str | None, type_: Type, options: Options) -> tuple[str, Options]:
    """Return the metric an operator class or WITH (metric = ...) names, "" for none, and the other options.

    Raises 42704, 42804 and 22023 as pgvector does.
    """
    rest = tuple(option for option in options if option[0] != "metric")
    given = dict(options).get("metric")
    if opclass is not None:
        if opclass not in OPCLASSES:
            raise UndefinedObject(f'operator class "{opclass}" does not exist for access method "{method}"')
        name, metric = OPCLASSES[opclass]
        if name != type_.base.name:
            raise DatatypeMismatch(f'operator class "{opclass}" does not accept data type {type_.name}')
        return metric, rest
    if given is None:
        return "", rest
    metrics = type_.base.metrics
    metric = METRIC_NAMES.get(str(given), "")
    if metric not in metrics:
        raise InvalidParameterValue(
            f'invalid value for option "metric": "{given}"', hint=f"metrics: {', '.join(metrics)}"
        )
    return metric, rest
