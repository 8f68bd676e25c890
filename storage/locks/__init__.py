"""Locks that sessions of all processes see: rows, keys, relations, and those that applications name.

May import the vocabulary and `vql.storage.files`; start with `table`, then `session_locks`.
"""
