"""A conversation with a database in this process or behind a server, whose answers are texts: what the
shell and the console talk to.

May import session, server's formats of COPY, and the vocabulary. Start at `link`: what a `Link` is.
`embedded` and `remote` are the two there are.
"""
