"""Databases and libraries beside VQL, behind one small interface: `python -m bench.peers`.

Start at peer.py, the interface; process.py is what each peer runs in, one process to load and a fresh one to
search; __main__.py drives them. A file a peer; one that is not installed is left out with a line.
"""
