"""A year of an index with made-up people: what would it be like to work with it?

No measurement and no promise: what people do is assumed (``habits.py``). What
the index does of it is real: the same rules, worker and letters, on a database
of its own and a clock that runs as fast as it can.
"""
