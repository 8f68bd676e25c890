"""What SET sets: names, kinds of value, their units and bounds, and what a session has of them.

Start at `vql.settings.settings`.
"""
