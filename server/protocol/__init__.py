"""Bytes to messages and values, and back; no socket, no session.

Start at `messages`, then `codec` (values).
"""
