"""tsvector and tsquery: what a text has been found to say, and what is looked for in it.

May import what `vql.types` may. Start at `vql.types.search.tsvector`.
"""
