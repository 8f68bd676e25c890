"""The schemas there are, and what is in them that is no table, as clients see them."""

from __future__ import annotations

from vql import schema
from vql.storage.snapshot import Snapshot

CATALOG, INFORMATION_SCHEMA = 11, 13000


def namespaces(snapshot: Snapshot) -> dict[str, int]:
    """Return the schemas there are, and their OIDs."""
    found = {"pg_catalog": CATALOG, "information_schema": INFORMATION_SCHEMA}
    made = [each for each in snapshot.others.values() if isinstance(each, schema.Schema)]
    return found | {each.name: each.schema_id for each in made}


def sequences_in(snapshot: Snapshot) -> list[schema.Sequence]:
    """Return the sequences there are."""
    return [each for each in snapshot.others.values() if isinstance(each, schema.Sequence)]


def views_in(snapshot: Snapshot) -> list[schema.View]:
    """Return the views there are."""
    return [each for each in snapshot.others.values() if isinstance(each, schema.View)]


def view_text(view: schema.View | schema.Table) -> str:
    """Return the query of a view as pg_get_viewdef gives it."""
    return f" {view.text};"


def tables_in(snapshot: Snapshot) -> list[schema.Table]:
    """Return the tables that are no materialized views."""
    return [table for table in snapshot.tables.values() if not table.text]
