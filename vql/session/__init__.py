"""One conversation with a database: prepare, query, write, define, cursors, results.

May import language, executor, storage and the vocabulary. Start at `session.Session`; `database` is
what the sessions of one folder share.
"""
