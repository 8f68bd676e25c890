"""What is written in a syntax of its own: SEARCH and CYCLE of recursive queries, SQL/JSON.

Start at `vql.language.analyze.constructs.recursion`.
"""
