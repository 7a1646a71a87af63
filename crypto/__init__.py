"""Pure cryptography of the index: no Flask, SQLAlchemy or marshmallow.

The client's half is in :mod:`crypto.person` and :mod:`crypto.oprf`, the
pseudonym service's in :mod:`crypto.oprf` and :mod:`crypto.evaluation`, the
index's in :mod:`crypto.evaluation` and :mod:`crypto.pseudonym`. The protocol
is described in ``docs/pseudonyms.md``.
"""
