# ruleid: logging-outside-event-log
import logging
import sys
import traceback

import click
from flask import current_app, request

# ruleid: logging-outside-event-log
from logging import getLogger

from verwijsindex import event_log


def answer():
    # ruleid: printed
    print("hello")
    # ruleid: printed
    sys.stderr.write("hello")
    # ruleid: printed
    traceback.print_exc()
    # ruleid: echo-outside-commands
    click.echo("hello")
    # ruleid: logging-outside-event-log
    logging.info("hello")
    # ruleid: logging-outside-event-log
    current_app.logger.warning("hello")
    # ruleid: request-in-log
    event_log.log(event_log.REQUEST, route=request.path)
    body = request.get_json()
    # ruleid: request-in-log
    event_log.log(event_log.REQUEST, route=body["evaluatie"])
    # ok: request-in-log
    event_log.log(event_log.REQUEST, method=request.method)
    return getLogger
