"""Full text search: from a text to tokens, from tokens to words, and what queries find among them.

Pure functions over texts and the values of `vql.types.search`; no tables, no indexes. May import `vql.errors`
and `vql.types`. Start at `vql.fulltext.configuration`.
"""
