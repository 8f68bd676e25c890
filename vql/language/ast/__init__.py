"""The syntax tree: frozen nodes with their place in the text, and nothing that acts on them."""
