"""PostgreSQL's advanced regular expressions (ARE), by an automaton.

`syntax` reads an expression into a tree (`tree`), `automaton` says where a part of it may end, in time linear
in the text, `regex` finds the leftmost match and what its groups matched. Start at `regex.compiled`.
Imports `vql.functions.text.characters` and the vocabulary alone.
"""
