"""What a server is started with: the command line, the environment, the configuration file.

Start at `options`; `flags` is the list of what there is, `sources` where values come from.
"""
