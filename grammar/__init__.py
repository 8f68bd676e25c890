"""The grammar of VQL, as data: vql.lark."""
