"""Roles and what they may do: values, without a database.

May import errors. Start at `role` (who there is, and who is a member of whom), then `access` (what is granted
on an object) and `passwords` (what is kept of a password).
"""
