"""Indexes of vector and halfvec columns: families by faiss, their building and measuring.

Start at `kind`, then `build` and `index`.
"""
