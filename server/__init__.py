"""The Postgres wire protocol on top of sessions.

May import the vocabulary and session. Start at `protocol` (bytes to messages and values, and back), then
`conversation` (one client), `worker` (one process) and `supervisor` (all processes of a server).
"""
