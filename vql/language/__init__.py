"""Text to plans, pure: no I/O, no clock. The grammar itself is grammar/vql.lark.

May import the vocabulary and the grammar. Start at `parser.parse`, then `bind`, `planner` and `plan`.
"""
