"""The pseudonym service as the doctor finds it."""

from __future__ import annotations

import smtplib
import ssl
from datetime import timedelta
from email.utils import format_datetime

import httpx
import pytest

from tests.clock import Clock
from verwijsindex.checks.findings import Finding, Level
from verwijsindex.checks.network import _MAIL_WORDS, pseudonym_service
from verwijsindex.mail.smtp import _connect_failure

URL = "https://zqx7.example/v1"


def found(clock: Clock, answer: httpx.Response | httpx.HTTPError) -> list[Finding]:
    def handle(request: httpx.Request) -> httpx.Response:
        assert str(request.url) == f"{URL}/healthz/livez"
        if isinstance(answer, httpx.HTTPError):
            raise answer
        return answer

    several = list(pseudonym_service(URL, clock, transport=httpx.MockTransport(handle)))
    assert "zqx7" not in str(several)
    return several


def dated(clock: Clock, ahead: timedelta, status: int = 200) -> httpx.Response:
    date = format_datetime(clock() + ahead, usegmt=True)
    return httpx.Response(status, headers={"Date": date})


@pytest.mark.parametrize(
    ("seconds", "level"),
    [
        (0, Level.GOOD),
        (-1, Level.GOOD),
        (20, Level.WARNING),
        (-20, Level.WARNING),
        (60, Level.FAULT),
        (-60, Level.FAULT),
    ],
)
def test_a_clock_that_differs_from_the_services_is_found(
    seconds: int, level: Level, clock: Clock
) -> None:
    service, its_clock = found(clock, dated(clock, timedelta(seconds=seconds)))
    assert service.level is Level.GOOD
    assert (its_clock.part, its_clock.level) == ("klok van de pseudoniemendienst", level)


@pytest.mark.parametrize("error", [httpx.ConnectError("zqx7"), httpx.ReadTimeout("zqx7")])
def test_a_service_that_cannot_be_reached_is_a_warning(
    error: httpx.HTTPError, clock: Clock
) -> None:
    (service,) = found(clock, error)
    assert service.level is Level.WARNING
    assert "VI_SERVICE_URL" in str(service.advice)


def test_an_answer_that_is_not_the_services_is_a_warning(clock: Clock) -> None:
    service, its_clock = found(clock, dated(clock, timedelta(), status=404))
    assert service.level is Level.WARNING
    assert "404" in service.text
    assert its_clock.level is Level.GOOD


@pytest.mark.parametrize("headers", [{}, {"Date": "gisteren"}])
def test_without_a_date_nothing_is_said_of_its_clock(headers: dict[str, str], clock: Clock) -> None:
    (service,) = found(clock, httpx.Response(200, headers=headers))
    assert service.level is Level.GOOD


def test_every_word_for_a_mail_server_that_fails_is_told_in_dutch() -> None:
    failures: list[Exception] = [
        smtplib.SMTPNotSupportedError(),
        ssl.SSLCertVerificationError(),
        ssl.SSLError(),
        TimeoutError(),
        ConnectionRefusedError(),
    ]
    assert {_connect_failure(error) for error in failures} == _MAIL_WORDS.keys()
