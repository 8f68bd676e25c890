"""A transaction: what it read, what it wrote and locked, and its commit.

Start at `vql.storage.transactions.transaction`, then `commit`, which names the order of what is written.
"""
