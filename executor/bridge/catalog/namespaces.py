"""The schemas there are, as clients see them."""

from __future__ import annotations

from vql import schema
from vql.storage.snapshot import Snapshot

CATALOG, INFORMATION = 11, 13000


def namespaces(snapshot: Snapshot) -> dict[str, int]:
    """Return the schemas there are, and their OIDs."""
    found = {"pg_catalog": CATALOG, "information_schema": INFORMATION}
    made = [each for each in snapshot.others.values() if isinstance(each, schema.Schema)]
    return found | {each.name: each.schema_id for each in made}
