"""The embedded default: a real PostgreSQL and a real Redis from wheels, for a machine that has neither.

place.py        where an instance lies, its secrets, its addresses: starts nothing, imports no Django
postgresql.py   initdb, start, stop
redis_server.py start, stop
lease.py        who uses the servers: the first user starts them, the last one out stops them
__main__.py     python -m infusion_center.embedded start | stop | status | exec CMD...
"""
