"""json_to_record() and its kin: documents as rows of the columns that a call in FROM lists.

Such a call becomes a query over its `documents`, whose columns are their members
(`vql.language.analyze.documents`): as JSON, or as the text that a value of the column's type is read from. A
value of jsonb is written as JSON is, so both are read alike.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NoReturn

from vql.errors import InvalidParameterValue, InvalidText, NotSupportedError
from vql.functions.declare import Argument, Function, function
from vql.functions.json.json import first_mark, json_elements, json_fields, plain_part
from vql.types.arrays.text import array_text
from vql.types.json.json import JSONB

NAMES = tuple(f"{kind}_to_{what}" for kind in ("json", "jsonb") for what in ("record", "recordset"))


def _declare(name: str) -> None:
    kind = name.partition("_")[0]

    is_set = name.endswith("set")
    result = "setof record" if is_set else "record"

    @function(f"{name}({kind}) -> {result}", volatility="stable", is_strict=not is_set)
    def undefined(document: str) -> NoReturn:
        raise NotSupportedError(
            f"could not determine row type for result of {name}",
            hint="Provide a non-null record argument, or call the function in the FROM clause using a column"
            " definition list.",
        )


for _name in NAMES:
    _declare(_name)


@cache
def documents(name: str) -> Function:
    """Return the function that gives the documents which are the rows of one of `NAMES`. Raises 22023."""
    kind = name.partition("_")[0]

    def rows(document: str | None) -> list[str | None]:
        if not name.endswith("set"):
            if document is not None and first_mark(document) != "{":
                what = "an array" if first_mark(document) == "[" else "a scalar"
                raise InvalidParameterValue(f"cannot call populate_composite on {what}")
            return [document]
        if document is None:
            return []
        if first_mark(document) != "[":
            what = "an object" if first_mark(document) == "{" else "a scalar"
            raise InvalidParameterValue(
                f"cannot call {name} on {'a non-array' if kind == JSONB.name else what}"
            )
        found = list(json_elements(document))
        if any(first_mark(element) != "{" for element in found):
            raise InvalidParameterValue(f"argument of {name} must be an array of objects")
        return list(found)

    return Function(
        name="documents_" + name, arguments=(Argument(type=kind),), result=kind, run=rows, gives_rows=True,
        is_strict=False,
    )  # fmt: skip


@cache
def member(kind: str, is_json: bool, is_array: bool) -> Function:
    """Return the function of a document and a key that gives the member there: as JSON, or as the text of a
    value or of an array, whose elements may be JSON. Raises 22P02."""

    def found(document: str, key: str) -> str | None:
        written = None
        for name, value in json_fields(document):
            if name == key:
                written = value
        if written is None or written == "null":
            return None
        if not is_array:
            return written if is_json else plain_part(written)
        if first_mark(written) != "[":
            if first_mark(written) != '"':
                raise InvalidText("expected JSON array", hint=f'See the value of key "{key}".')
            return plain_part(written)
        size = _dimensions(written)
        return array_text(_items(written, size, is_json, key), str)

    return Function(
        name=f"member_{is_json:d}{is_array:d}", arguments=(Argument(type=kind), Argument(type="text")),
        result=kind if is_json and not is_array else "text", run=found,
    )  # fmt: skip


def _dimensions(array: str) -> int:
    """Return how many dimensions an array has: as its first elements go."""
    head = next(iter(json_elements(array)), "")
    return 1 + (_dimensions(head) if first_mark(head or " ") == "[" else 0)


def _items(array: str, dimensions: int, is_json: bool, key: str) -> list[Any]:
    items: list[Any] = []
    for element in json_elements(array):
        if dimensions > 1:
            if first_mark(element) != "[":
                raise InvalidText("expected JSON array", hint=f'See the value of key "{key}".')
            items.append(_items(element, dimensions - 1, is_json, key))
        else:
            items.append(element if is_json and element != "null" else plain_part(element))
    if dimensions > 1 and len({len(item) for item in items}) > 1:
        raise InvalidText(
            "malformed JSON array",
            detail="Multidimensional arrays must have sub-arrays with matching dimensions.",
        )
    return items
