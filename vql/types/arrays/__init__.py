"""Arrays of every type, and rows as values. Start at `arrays`."""
