"""Functions and operators of arrays and rows, and functions that give rows. Start at `arrays`."""
