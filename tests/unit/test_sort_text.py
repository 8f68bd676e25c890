"""Texts that order as values of their type do."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vql.functions.vectors.math import compare_sparse
from vql.types.forms.sort_text import sort_text
from vql.types.json.json import JSONB, jsonb_text
from vql.types.type import type_named
from vql.types.vectors.sparsevec import SPARSEVEC, SparseVector

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=4)
NUMBERS = st.decimals(allow_nan=False, min_value=Decimal("-1e40"), max_value=Decimal("1e40"))
TREES = st.recursive(
    st.none() | st.booleans() | TEXTS | st.sampled_from([Decimal(n) for n in ("0", "1", "1.0", "-2", "10")]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abé", max_size=2), inner, max_size=3)
    ),
    max_leaves=8,
)
SPARSE = st.lists(st.sampled_from([0, 0, 1, -1, 2.5]), min_size=1, max_size=5).map(SparseVector)
VALUES = {
    "numeric": NUMBERS | st.sampled_from(list(map(Decimal, ("NaN", "Infinity", "-Infinity", "-0.0")))),
    "double precision": st.floats(), "integer": st.integers(-(2**31), 2**31 - 1), "boolean": st.booleans(),
    "text": TEXTS, "jsonb": TREES.map(jsonb_text), "uuid": st.uuids(), "bytea": st.binary(),
    "integer[]": st.lists(st.none() | st.integers(-3, 3), max_size=4),
    "text[]": st.lists(st.none() | st.text("\x01\x02\x03a", max_size=3), max_size=3),
}  # fmt: skip


@pytest.mark.parametrize("name", VALUES)
def test_texts_order_as_values_do(name: str) -> None:
    base = type_named(name).base

    @settings(deadline=None)
    @given(VALUES[name], VALUES[name])
    def check(one: object, other: object) -> None:
        keys = base.order_key(one), base.order_key(other)
        texts = base.sort_text(one), base.sort_text(other)
        assert (keys[0] < keys[1], keys[0] == keys[1]) == (texts[0] < texts[1], texts[0] == texts[1])

    check()


def test_strings_within_tuples_end() -> None:
    ordered = [("",), ("", ""), ("", "a"), ("\x01",), ("\x02",), ("a",), ("a", ""), ("a\x01",), ("ab",)]
    assert sorted(ordered, key=sort_text) == sorted(ordered) == ordered
    assert JSONB.sort_text("1") == JSONB.sort_text("1.0") != JSONB.sort_text('"1"')


@settings(deadline=None)
@given(SPARSE, SPARSE)
def test_sparse_vectors_order_as_their_operators_say(one: SparseVector, other: SparseVector) -> None:
    order = compare_sparse(one, other)
    keys = SPARSEVEC.order_key(one), SPARSEVEC.order_key(other)
    texts = SPARSEVEC.sort_text(one), SPARSEVEC.sort_text(other)
    assert (keys[0] < keys[1], keys[0] == keys[1]) == (order < 0, order == 0)
    assert (texts[0] < texts[1], texts[0] == texts[1]) == (order < 0, order == 0)
