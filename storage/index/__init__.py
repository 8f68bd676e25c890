"""Index kinds: what one is (`kind`), which there are (`registry`), and ours.

Start at `kind`. Ours are in `dense/`, `bit/`, `inverted` and `sorted`; `record` is what the manifest keeps.
"""
