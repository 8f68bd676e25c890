"""pgvector's functions and operators, and those of bit strings. Start at `vectors`."""
