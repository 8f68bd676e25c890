"""SQL types: what differs by type, one file a type or a family of close kin.

May import errors and limits alone. Start at `type` (a type as plain data, and the registry), then
`base` (what a type's file may say), then any type: `boolean` is the shortest.
"""
