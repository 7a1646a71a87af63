import contextlib
import traceback
from contextlib import suppress

from verwijsindex import event_log
from verwijsindex.errors import KeyRingRefused


def answer(app, act, problem):
    try:
        act()
    except ValueError as error:
        # ruleid: error-text-shown
        return {"detail": str(error)}
    try:
        act()
    except (KeyError, TypeError) as wrong:
        # ruleid: error-text-shown
        event_log.log(event_log.UNEXPECTED, error=repr(wrong))
        # ruleid: error-text-shown
        return {"detail": f"Fout: {wrong}"}
    try:
        act()
    except Exception as error:
        # ruleid: error-text-shown
        problem(error.args[0])
        # ruleid: traceback-as-text
        problem(traceback.format_exc())
        # ok: error-text-shown
        event_log.log_unexpected(error)
        # ok: error-text-shown
        problem(type(error).__name__)
    try:
        act()
    except KeyRingRefused as refused:
        # ok: error-text-shown
        problem(str(refused))

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> dict:
        # ruleid: error-text-shown
        return {"detail": str(error)}

    return unexpected


def swallow(act, rows):
    # ruleid: error-swallowed
    try:
        act()
    # bandit: B110
    except:
        pass
    # ruleid: error-swallowed
    try:
        act()
    # bandit: B110
    except Exception:
        pass
    # ruleid: error-swallowed
    with suppress(Exception):
        act()
    # ruleid: error-swallowed
    with contextlib.suppress(ValueError, BaseException):
        act()
    for row in rows:
        # ruleid: error-swallowed
        try:
            act(row)
        # bandit: B112
        except Exception:
            continue
    # ok: error-swallowed
    with suppress(FileNotFoundError):
        act()
