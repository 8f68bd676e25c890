"""pgvector's types and bit strings. Start at `vector`."""
