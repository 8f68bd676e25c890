"""Index files: building, opening, measuring. Dense vectors, bits, sparse vectors, sorted columns.

Start at `kinds`, then `build` and `dense`.
"""
