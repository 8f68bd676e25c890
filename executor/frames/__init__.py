"""Frames of other libraries: what users hand over as a table, with the types that it has, and results as they
read them. It may import the bridge's Arrow and what is below it. Start at `given`."""
