"""Days, moments and spans as PostgreSQL reads, counts and writes them: pure functions over integers.

A day is counted from 1970-01-01, a moment in microseconds since then, a span is an `Interval`. Imports
nothing but `vql.errors`. Start at `vql.calendar.days`; `vql.calendar.style` says what of a session
decides how texts are read and written.
"""
