"""Tokens to the syntax tree: what the parser calls when a rule of grammar/vql.lark is complete.

May import the tree and the lexer. Start at `builder.Builder`.
"""
