"""Our dataclasses are those of the standard library."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from dataclasses import field

import pytest

from vql.dataclass import dataclass

OPTIONS = [{"frozen": True, "slots": True}, {"slots": True}, {"frozen": True, "eq": False}, {}]


def made(decorate):
    """Return a class with fields of every kind."""

    @decorate
    class Made:
        """A class."""

        a: int
        b: str = "x"
        seen: list[int] = field(default_factory=list)
        place: int = field(default=0, compare=False, repr=False)
        later: int = field(default=7, init=False)

    return Made


def said(see, kind):
    """Return what is seen of a class, or the kind and the text of the error."""
    try:
        return repr(see(kind))
    except Exception as error:
        return type(error), str(error)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize(
    "see",
    [
        lambda kind: repr(kind(1)),
        lambda kind: repr(kind(1, "y", [2], 3)),
        lambda kind: kind(1),
        lambda kind: kind(),
        lambda kind: kind(1, "y", [], 3, 4),
        lambda kind: kind(1, other=2),
        lambda kind: kind(1) == kind(1),
        lambda kind: kind(1, place=1) == kind(1, place=2),
        lambda kind: kind(1) == kind(2),
        lambda kind: kind(1) == 1,
        lambda kind: kind(float("nan")) == kind(1),
        lambda kind: kind(1).seen is kind(1).seen,
        lambda kind: len({kind(1, "x", ()), kind(1, "x", ())}),
        lambda kind: isinstance(hash(kind(1)), int),
        lambda kind: setattr(kind(1), "a", 2),
        lambda kind: delattr(kind(1), "a"),
        lambda kind: repr(dataclasses.replace(kind(1), b="z")),
        lambda kind: repr(copy.copy(kind(1))),
        lambda kind: repr(copy.deepcopy(kind(1, "x", [[]]))),
        lambda kind: dataclasses.asdict(kind(1)),
        lambda kind: kind.__match_args__,
        lambda kind: hasattr(kind(1), "__dict__"),
    ],
)
def test_what_a_class_does(options, see):
    assert said(see, made(dataclass(**options))) == said(see, made(dataclasses.dataclass(**options)))


@dataclass(frozen=True, slots=True)
class Base:
    """A base."""

    a: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived(Base):
    """A class with a field by name alone, equality of its own, and a step behind `__init__`."""

    b: int = 2
    seen: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.seen.append(self.a)

    def __eq__(self, other: object) -> bool:
        return True


def test_a_class_derived():
    made = Derived(1, b=3)
    assert (made.a, made.b, made.seen, made == 5) == (1, 3, [1], True)
    assert repr(made) == "Derived(a=1, b=3, seen=[1])"
    assert Base(1) == Base(1) != Base(2) and hash(Base(1)) == hash(Base(1))
    assert pickle.loads(pickle.dumps(Base(4))) == Base(4)
    with pytest.raises(TypeError):
        Derived(1, 3)
    match made:
        case Derived(a):
            assert a == 1


def test_a_class_without_fields():
    class Nothing:
        """No field."""

    made = dataclass(frozen=True, slots=True)(Nothing)
    assert made() == made() and hash(made()) == hash(made()) and repr(made()).endswith("Nothing()")
