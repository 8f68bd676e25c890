"""What Search asks: the rows nearest to a vector, under filters, as of a moment; composed as one
statement."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from vql.console.relations import NUMBERS, OPERATORS, Relation
from vql.dataclass import dataclass
from vql.errors import InvalidParameterValue, ProgrammingError
from vql.functions.text.formatting import quote_ident, quote_literal
from vql.language import parser

LIMIT_DEFAULT, LIMIT_MAX = 24, 200
# A vector as a statement has it, its first numbers apart; not one that EXPLAIN has shortened itself.
LONG_VECTOR = re.compile(r"'\[((?:[-+\d.e]+,){4})([-+\d.e,]*)\]'")
SNAPSHOT_NAME = re.compile(r"snapshot\s+(.+)", re.IGNORECASE)
VERSION = re.compile(r"(?:version\s+)?(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Search:
    """A search: `near` is the text of a vector, None to show the first rows; `filters` are conditions of SQL;
    `moment` is what stands behind AS OF, "" for now."""

    table: Relation
    column: str
    metric: str = "l2"
    near: str | None = None
    filters: Sequence[str] = ()
    moment: str = ""
    limit: int = LIMIT_DEFAULT

    def sql(self, *, with_vector: bool = False) -> str:
        """Return the statement; its last column is the vector where that is wanted."""
        vector = self.table.vector(self.column)
        if self.metric not in OPERATORS:
            raise InvalidParameterValue(f'there is no metric "{self.metric}"')
        columns = [quote_ident(name) for name in self.table.shown]
        by = quote_ident(self.table.key) if self.table.key else None
        if self.near is not None:
            by = "distance" if "distance" not in self.table.columns else "distance_of_search"
            columns.append(f"{vector} {OPERATORS[self.metric]} {quote_literal(self.near)} AS {by}")
        if with_vector:
            columns.append(vector)
        where = f"\nWHERE {' AND '.join(self.filters)}" if self.filters else ""
        order = f"\nORDER BY {by}" if by else ""
        limit = max(1, min(self.limit, LIMIT_MAX))
        moment = f"\nAS OF {self.moment}" if self.moment else ""
        return f"SELECT {', '.join(columns)}\nFROM {self.table.sql}{where}{order}\nLIMIT {limit}{moment}"


def condition(table: Relation, wanted: Mapping[str, object]) -> str:
    """Return the condition of one filter: `{"column", "in": [values]}` or `{"column", "from", "to"}`, whose
    ends are texts and may be missing. Raises 42703, 22023."""
    name = str(wanted.get("column", ""))
    column = quote_ident(name)
    values = wanted.get("in")
    if isinstance(values, list):
        texts = ", ".join(quote_literal(str(value)) for value in values if value is not None)
        parts = [f"{column} IN ({texts})"] if texts else []
        parts += [f"{column} IS NULL"] if None in values else []
        return f"({' OR '.join(parts)})" if parts else "false"
    ends = [(sign, wanted.get(end)) for sign, end in ((">=", "from"), ("<=", "to"))]
    given = [(sign, str(value).strip()) for sign, value in ends if value not in (None, "")]
    if not given:
        raise InvalidParameterValue(f'the filter of "{name}" says nothing')
    # A number's column is compared with numbers of any kind: 2.5 is no integer.
    numeric = "::numeric" if table.column(name).category == NUMBERS else ""
    return " AND ".join(f"{column} {sign} {quote_literal(value)}{numeric}" for sign, value in given)


def moment_of(text: str) -> str:
    """Return what stands behind AS OF for what somebody has typed: a version's number, `snapshot NAME`, or a
    time."""
    said = text.strip()
    if not said:
        return ""
    if found := VERSION.fullmatch(said):
        return f"VERSION {found[1]}"
    if found := SNAPSHOT_NAME.fullmatch(said):
        return f"SNAPSHOT {quote_literal(found[1].strip().strip(chr(39)))}"
    return quote_literal(said)


def single_statement(sql: str) -> str:
    """Return a text that is one statement. Raises 42601 where it is several, or none."""
    if len(parser.split(sql)) != 1:
        raise ProgrammingError("one statement is run at a time", sqlstate="42601")
    return sql


def numbers_text(numbers: Sequence[float]) -> str:
    """Return the text of a vector."""
    return "[" + ",".join(repr(float(each)) for each in numbers) + "]"


def with_short_vectors(text: str) -> str:
    """Return a statement, or a plan, in which vectors are short."""
    return LONG_VECTOR.sub(lambda m: f"'[{m[1]}… {m[1].count(',') + m[2].count(',') + 1} numbers]'", text)
