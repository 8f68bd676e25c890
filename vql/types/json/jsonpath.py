"""jsonpath: paths into documents, kept as PostgreSQL prints them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from vql.errors import DataError
from vql.types.base import BaseType
from vql.types.forms.binary import decode_text
from vql.types.json.json import json_text
from vql.types.json.jsonpath_parser import COMPARISONS, LAST_LEVEL, JsonPath, PathNode, parse_jsonpath

JSONPATH_VERSION = b"\x01"
# How strongly operators bind; what binds no stronger than the operator around it stands in brackets.
PRIORITIES = {
    "||": 0,
    "&&": 1,
    "starts with": 2,
    "+": 3,
    "-": 3,
    "*": 4,
    "/": 4,
    "%": 4,
    "plus": 5,
    "minus": 5,
}
PRIORITIES |= dict.fromkeys(COMPARISONS, 2)
STRONGEST = 6
# Predicates that are written without brackets where an operator has some.
UNBRACKETED = frozenset(("!", "exists", "is unknown"))
BINARY = COMPARISONS | {"||", "&&", "starts with", "+", "-", "*", "/", "%"}


class JsonPathType(BaseType):
    """Paths, as texts in their normal form."""

    @property
    def binary_is_text(self) -> bool | None:
        return True

    def from_text(self, text: str, modifier: int | None) -> str:
        return jsonpath_text(parse_jsonpath(text))

    def to_binary(self, value: object) -> bytes:
        return JSONPATH_VERSION + str(value).encode()

    def from_binary(self, data: bytes, modifier: int | None) -> object:
        if data[:1] != JSONPATH_VERSION:
            raise DataError(f"unsupported jsonpath version number: {data[0] if data else 0}")
        return self.from_text(decode_text(data[1:]), modifier)


def jsonpath_text(path: JsonPath) -> str:
    """Write a path in its normal form, which parses to the same path."""
    return ("" if path.is_lax else "strict ") + _printed(path.root, True)


def _printed(node: PathNode, in_brackets: bool) -> str:
    """Write a node; operators in brackets where that is asked."""
    match node.op, node.args:
        case "value", (value,):
            return json_text(value)
        case "variable", (name,):
            return "$" + json_text(name)
        case "path", (head, *steps):
            first = _printed(head, True)
            if _is_number(head) or head.op in UNBRACKETED:
                first = f"({first})"
            return first + "".join(map(_printed_step, steps))
        case "!", (inner,):
            return f"!({_printed(inner, False)})"
        case "exists", (inner,):
            return f"exists ({_printed(inner, False)})"
        case "is unknown", (inner,):
            return f"({_printed(inner, False)}) is unknown"
        case ("plus" | "minus") as op, (inner,):
            text = ("-" if op == "minus" else "+") + _operand(inner, node)
        case "like_regex", (inner, pattern, flags):
            text = f"{_operand(inner, node)} like_regex {json_text(pattern)}"
            text += f' flag "{flags}"' if flags else ""
        case op, (left, right) if op in BINARY:
            text = f"{_operand(left, node)} {op} {_operand(right, node)}"
        case op, _:
            return {"root": "$", "current": "@", "last": "last"}[op]
    return f"({text})" if in_brackets else text


def _operand(node: PathNode, parent: PathNode) -> str:
    return _printed(node, PRIORITIES.get(node.op, STRONGEST) <= PRIORITIES.get(parent.op, STRONGEST))


def _is_number(node: PathNode) -> bool:
    return node.op == "value" and isinstance(node.args[0], Decimal)


def _printed_step(step: PathNode) -> str:
    match step.op, step.args:
        case "key", (key,):
            return "." + json_text(key)
        case "any key", _:
            return ".*"
        case "any element", _:
            return "[*]"
        case "elements", ranges:
            return "[" + ",".join(map(_printed_range, ranges)) + "]"
        case "any level", (low, high):
            return ".**" + _printed_levels(low, high)
        case "filter", (inner,):
            return f"?({_printed(inner, False)})"
    name, *given = step.args
    return f".{name}({','.join(json_text(each) for each in given)})"


def _printed_range(bounds: tuple[PathNode, PathNode | None]) -> str:
    low, high = bounds
    return _printed(low, False) + ("" if high is None else " to " + _printed(high, False))


def _printed_levels(low: int, high: int) -> str:
    def level(number: int) -> Any:
        return "last" if number == LAST_LEVEL else number

    if (low, high) == (0, LAST_LEVEL):
        return ""
    return f"{{{level(low)}}}" if low == high else f"{{{level(low)} to {level(high)}}}"


JSONPATH = JsonPathType(name="jsonpath", oid=4072, array_oid=4073, duck_name="VARCHAR", is_sortable=False)
TYPES: tuple[BaseType, ...] = (JSONPATH,)
