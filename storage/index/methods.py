"""What our access methods over vectors share: names, options and defaults, pgvector's where it has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from vql.errors import InvalidParameterValue
from vql.settings.parameters import Option
from vql.storage.index.kind import IndexKind

# As pgvector bounds them.
GRAPH_OPTIONS = {"m": Option(2, 100), "ef_construction": Option(4, 1000)}
GRAPH_DEFAULTS = {"m": 16, "ef_construction": 64}
# Lists are about the root of the rows unless given; pgvector's default is 100.
LISTS_OPTIONS = {"lists": Option(1, 32768)}
# Those that every type of vector takes.
COMMON: Mapping[str, Mapping[str, Option]] = {
    "auto": {**GRAPH_OPTIONS, **LISTS_OPTIONS}, "hnsw": GRAPH_OPTIONS, "ivfflat": LISTS_OPTIONS,
    "ivfpq": LISTS_OPTIONS, "rabitq": LISTS_OPTIONS, "flat": {},
}  # fmt: skip


class VectorMethod(IndexKind):
    """An access method over vectors; a subclass says of which types (`accepts`), builds and opens. `info`
    holds the metric and what was built, `families`, none where every search is an exact scan."""

    methods: ClassVar[Mapping[str, Mapping[str, Option]]]
    layout = 2

    def __init__(self, method: str) -> None:
        self.method = method
        self.options = self.methods[method]
        # pgvector's hnsw has no default either.
        self.needs_opclass = method == "hnsw"

    def check(self, options: Mapping[str, float | str]) -> None:
        given = {**GRAPH_DEFAULTS, **options}
        if self.method == "hnsw" and float(given["ef_construction"]) < 2 * float(given["m"]):
            raise InvalidParameterValue("ef_construction must be greater than or equal to 2 * m")

    def describe(self, info: Mapping[str, Any]) -> str:
        return "+".join(family["kind"] for family in info["families"]) or "flat"
