import time
from datetime import UTC, date, datetime


def moments(services, func):
    # ruleid: time-without-zone, clock-not-injected
    yield datetime.now()
    # ruleid: time-without-zone
    yield datetime.utcnow()
    # ruleid: time-without-zone
    yield datetime.fromtimestamp(0)
    # ruleid: time-without-zone
    yield date.today()
    # ruleid: clock-not-injected
    yield datetime.now(UTC)
    # ruleid: clock-not-injected
    yield time.time()
    # ruleid: clock-not-injected
    yield func.now()
    # ok: clock-not-injected
    yield time.monotonic()
    # ok: time-without-zone
    yield datetime.fromtimestamp(0, UTC)
    # ok: clock-not-injected
    yield services.clock()
