"""Casts among the types of strings, and between "char" and numbers."""

from __future__ import annotations

from vql.errors import NumericOutOfRange
from vql.functions.declare import cast, cast_in_duck
from vql.functions.text.texts import unfilled
from vql.types.text import BPCHAR, CHAR, NAME, VARCHAR, byte_of, char_of


def same(value: str) -> str:
    return value


for _source, _result, _willingness in (
    ("text", "bpchar", "implicit"), ("text", "varchar", "implicit"), ("varchar", "text", "implicit"),
    ("varchar", "bpchar", "implicit"), ("name", "text", "implicit"), ("name", "bpchar", "assignment"),
    ("name", "varchar", "assignment"), ('"char"', "text", "implicit"), ('"char"', "bpchar", "assignment"),
    ('"char"', "varchar", "assignment"),
):  # fmt: skip
    cast_in_duck(f"{_source} -> {_result}", "{0}", same, willingness=_willingness)
for _result in ("text", "varchar"):
    cast_in_duck(f"bpchar -> {_result}", "rtrim({0}, ' ')", unfilled, willingness="implicit")


@cast("varchar -> varchar", willingness="implicit", needs_modifier=True)
def cut_varchar(value: str, modifier: int | None) -> str:
    return VARCHAR.cast(value, modifier)


@cast("bpchar -> bpchar", willingness="implicit", needs_modifier=True)
def cut_bpchar(value: str, modifier: int | None) -> str:
    return BPCHAR.cast(value, modifier)


@cast("text -> name", willingness="implicit")
@cast("varchar -> name", willingness="implicit")
def name_of_text(value: str) -> str:
    return NAME.from_text(value, None)


@cast("bpchar -> name", willingness="implicit")
def name_of_bpchar(value: str) -> str:
    return NAME.from_text(unfilled(value), None)


@cast('text -> "char"', willingness="assignment")
@cast('varchar -> "char"', willingness="assignment")
@cast('bpchar -> "char"', willingness="assignment")
def char_of_text(value: str) -> str:
    return CHAR.from_text(value, None)


@cast('"char" -> integer')
def integer_of_char(value: str) -> int:
    byte = byte_of(value)
    return byte - 256 if byte > 127 else byte


@cast('integer -> "char"')
def char_of_integer(value: int) -> str:
    if not -128 <= value <= 127:
        raise NumericOutOfRange('"char" out of range')
    return char_of(value & 0xFF)
