"""The syntax tree to plans: names, types and search shapes resolved against the tables there are.

May import the tree, the parser (defaults are kept as text) and plan nodes. Start at `statements.bind`.
"""
