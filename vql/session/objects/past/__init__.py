"""Statements about tables as they were: named snapshots, UNDROP, RESTORE, CLONE. Start with `statements`."""
