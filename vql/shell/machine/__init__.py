"""`vql doctor` and `vql bench`: what a machine gives a database, and how quick it is.

May import what the shell may. Start at `doctor`.
"""
