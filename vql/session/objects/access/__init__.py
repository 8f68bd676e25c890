"""What CREATE ROLE, GRANT, OWNER TO and CREATE POLICY do, and who may change which object.

Start at `vql.session.objects.access.ownership`.
"""
