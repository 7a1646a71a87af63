import ssl

# ruleid: unverified-connection
import requests

# ruleid: unverified-connection
from urllib.request import urlopen

import httpx
import jinja2
from flask import render_template_string
from markupsafe import Markup, escape


def page(session, name, context):
    # ruleid: html-not-escaped
    # bandit: B704
    yield Markup(f"<b>{name}</b>")
    # ruleid: html-not-escaped
    yield render_template_string(name)
    # ruleid: html-not-escaped
    # bandit: B701
    yield jinja2.Environment(autoescape=False)
    # ok: html-not-escaped
    yield escape(name)
    # ruleid: unverified-connection
    # bandit: B501
    yield httpx.get("https://example.org", verify=False, timeout=1)
    # ruleid: unverified-connection
    # bandit: B323
    yield ssl._create_unverified_context()
    # ruleid: unverified-connection
    context.check_hostname = False
    # ruleid: unverified-connection
    context.verify_mode = ssl.CERT_NONE
    # ok: unverified-connection
    yield httpx.get("https://example.org", timeout=1), requests, urlopen
    # ruleid: commit-outside-use-case
    session.commit()
