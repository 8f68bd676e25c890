"""The Postgres wire protocol on top of sessions.

May import the vocabulary (errors, types, schema, limits, values) and session, database, dbapi.
Start with `protocol` (bytes to messages and back, no I/O), then `codec` (values to bytes and back),
`connection` (one client's conversation), `worker` (one process) and `supervisor` (`vql serve`).
"""
