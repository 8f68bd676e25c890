"""Rows on disk: segments, the delta, snapshots, transactions, maintenance. Knows nothing of SQL.

May import the vocabulary alone. Start at `store`, then `snapshot` and `transactions`.
"""
