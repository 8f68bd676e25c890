"""`vql console`: one web page over a database, its assets in `static/`, served on this machine alone.

May import link, language and the vocabulary. Start at `command`: it reads the command line and serves.
`server` speaks HTTP, `calls` is what the page may ask, `lanes` are the conversations behind it, `answers`
what rows become in JSON, `relations` what it knows of tables, `search` and `projection` what Search and Map
ask, `embedding` what turns pictures and texts into vectors.
"""
