"""Functions about the session, the catalog and its objects. Start at `system`."""
