"""`vql mcp`: a database for assistants, by the Model Context Protocol over standard input and output.

May import console, link, language and the vocabulary. Start at `serving`: it reads the command line and the
messages; `tools` is what can be called.
"""
