# ok: logging-outside-event-log
import logging


def _event(code, level, text, *fields):
    return code, level, text, fields


# ok: forbidden-field-in-catalogue
REQUEST = _event("VWI-001", logging.INFO, "request answered", "method", "route")
# ruleid: forbidden-field-in-catalogue
LOOKED_UP = _event("VWI-900", logging.INFO, "looked up", "organisation_id", "bsn")
# ruleid: forbidden-field-in-catalogue
SENT = _event("VWI-901", logging.INFO, "mail sent", "email")
