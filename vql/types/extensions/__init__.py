"""What the extensions are that are built in, and the types of those that are no vectors. May import the other
types.

Start with `vql.types.extensions.extension`.
"""
