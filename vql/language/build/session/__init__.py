"""Statements about what a session keeps by names, read word by word. Start at `cursors`, `prepared` or
`notifications`; may import what `vql.language.build` imports.
"""
