"""Text to plans, pure: lexer, parser (grammar/vql.lark), binder. Start at parser.parse, then binder.

May import the vocabulary (errors, types, schema, limits, values) and the grammar; no I/O, no clock.
"""
