"""What was changed from one version to another. Stands beside the catalog and the snapshots, which it
imports; knows nothing of transactions. Start with `changes`.
"""
