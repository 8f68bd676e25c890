"""What a statement may read and change of whom: privileges and row security, asked as names are resolved.

Start at `vql.language.bind.access.permissions`.
"""
