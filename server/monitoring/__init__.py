"""What a server tells of itself: its log, what its sessions do, what it counts.

Below the conversations, which say what happens. Start at `logs` and `counts`.
"""
