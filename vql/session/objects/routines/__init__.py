"""Functions that are made by CREATE FUNCTION. Start at `routines`."""
