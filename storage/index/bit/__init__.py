"""Indexes of bit columns: inverted lists by faiss. Start at `kind`."""
