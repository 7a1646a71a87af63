"""The index for any WSGI server: ``granian --interface wsgi wsgi:application``."""

from verwijsindex.application import from_environment

application = from_environment()
