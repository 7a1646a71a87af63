"""Entry point of WSGI servers: ``granian verwijsindex.pseudonym_service.wsgi:application``.

The only module that reads the environment when it is imported. One thread a
process serves best: evaluating is computing, so more threads only wait for
each other; start as many processes as there are cores.
"""

from __future__ import annotations

import os

from verwijsindex import event_log
from verwijsindex.pseudonym_service.application import build_wsgi

event_log.configure_logging()
application = build_wsgi(os.environ)
