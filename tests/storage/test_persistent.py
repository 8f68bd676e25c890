"""Maps that share what did not change."""

from __future__ import annotations

import random

import pytest

from vql.storage.persistent import PersistentMap


@pytest.mark.parametrize("seed", range(4))
def test_a_map_is_a_dictionary_whose_former_states_stay(seed):
    chosen = random.Random(seed)
    states = [(PersistentMap(), {})]
    for _ in range(600):
        mapping, plain = states[chosen.choice([-1, -1, -1, chosen.randrange(len(states))])]
        key = chosen.randrange(60)
        if key in plain and chosen.random() < 0.4:
            states.append((mapping.without(key), {k: v for k, v in plain.items() if k != key}))
        else:
            value = chosen.random()
            states.append((mapping.having(key, value), {**plain, key: value}))
    for mapping, plain in states:
        assert dict(mapping.items()) == plain and len(mapping) == len(plain)
        for key in range(60):
            assert (key in mapping, mapping.get(key), mapping.get(key, 7)) == (
                key in plain, plain.get(key), plain.get(key, 7)
            )  # fmt: skip
    with pytest.raises(KeyError):
        PersistentMap({1: 2}).without(1)[1]


def test_entries_stay_in_the_order_they_came_in():
    mapping = PersistentMap()
    for key in range(1_000):
        mapping = mapping.having(key, key)
    assert list(mapping.having(7, "another").without(3)) == [0, 1, 2, *range(4, 1_000)]


def test_a_copy_shares_all_but_a_few_entries():
    mapping = PersistentMap({key: key for key in range(10_000)})
    made = mapping.having(-1, 0).without(5)
    assert made._base is mapping._base and len(made._changes) == 2
    bases = set()
    for key in range(2_000):
        mapping = mapping.having(-key, 0)
        bases.add(id(mapping._base))
        assert len(mapping._changes) <= 120
    assert len(bases) <= 22
