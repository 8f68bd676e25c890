"""What CREATE, ALTER and DROP do to schemas, tables, views, sequences and types.

Start at `vql.session.objects.alter`; nothing here prepares or runs a query: `vql.session.define` does where a
definition needs one.
"""
