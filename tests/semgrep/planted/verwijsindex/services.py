from datetime import UTC, datetime


def clock():
    # ok: clock-not-injected
    return datetime.now(UTC)


def wrong():
    # ruleid: time-without-zone
    return datetime.now()
