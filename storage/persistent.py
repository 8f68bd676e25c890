"""A persistent map: immutable, with changed copies that share what did not change.

A snapshot holds the names there are, and each definition makes a new one: copying ten thousand names for one
that is new would make CREATE as slow as there are tables. Here a copy shares a dictionary that is never
changed again, `base`, and has one of few `changes` of its own, where `ABSENT` is a key taken out; once they
are many they become part of a new base. A copy costs O(sqrt n) on the average, a look-up at most two of a
dictionary's. The order is that of the first entry, as a dictionary's. Values are never None. No state, no
lock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, TypeVar, cast, overload

Key = TypeVar("Key")
Value = TypeVar("Value")
Default = TypeVar("Default")
ABSENT: Final = object()
# A base of n entries is left once there are sqrt(n) changes, and never before there are so many.
CHANGES_MIN = 16


class PersistentMap(Mapping[Key, Value]):
    """See the module."""

    __slots__ = ("_base", "_changes", "_count")

    def __init__(self, base: Mapping[Key, Value] | None = None) -> None:
        self._base: Mapping[Key, Value] = {} if base is None else base
        self._changes: dict[Key, object] = {}
        self._count = len(self._base)

    def having(self, key: Key, value: Value) -> PersistentMap[Key, Value]:
        """Return a copy with an entry, another one or a new one."""
        return self._changed(key, value, self._count + (key not in self))

    def without(self, key: Key) -> PersistentMap[Key, Value]:
        """Return a copy without an entry that is there."""
        return self._changed(key, ABSENT, self._count - 1)

    def _changed(self, key: Key, value: object, count: int) -> PersistentMap[Key, Value]:
        changes = {**self._changes, key: value}
        made: PersistentMap[Key, Value] = PersistentMap(self._base)
        if len(changes) <= CHANGES_MIN or len(changes) ** 2 <= count:
            made._changes, made._count = changes, count
            return made
        base = dict(self._base)
        for changed, to in changes.items():
            if to is ABSENT:
                base.pop(changed, None)
            else:
                base[changed] = cast(Value, to)
        return PersistentMap(base)

    def __getitem__(self, key: Key) -> Value:
        found = self._changes.get(key)
        if found is None:
            return self._base[key]
        if found is ABSENT:
            raise KeyError(key)
        return cast(Value, found)

    @overload
    def get(self, key: Key, /) -> Value | None: ...

    @overload
    def get(self, key: Key, default: Value | Default, /) -> Value | Default: ...

    def get(self, key: Key, default: object = None, /) -> object:
        """Return a value, or the default: without a call more, since each statement does."""
        found = self._changes.get(key)
        if found is None:
            return self._base.get(key, cast(Value, default))
        return default if found is ABSENT else found

    def __contains__(self, key: object) -> bool:
        found = self._changes.get(cast(Key, key))
        return key in self._base if found is None else found is not ABSENT

    def __iter__(self) -> Iterator[Key]:
        gone = {key for key, value in self._changes.items() if value is ABSENT}
        yield from (key for key in self._base if key not in gone)
        yield from (key for key in self._changes if key not in self._base and key not in gone)

    def __len__(self) -> int:
        return self._count
