import json
import ssl
from datetime import UTC, datetime

import httpx
import pytest

from verwijsindex.client import (
    Busy,
    Informing,
    Person,
    SignalDetails,
    Unreachable,
    Way,
)
from verwijsindex.client.retries import retry_after_seconds

TODAY = datetime(2026, 11, 22, tzinfo=UTC).date()
DETAILS = SignalDetails("a1", Informing(Way.LETTER, TODAY), reference="D-2291")
TOKEN, EVALUATE = "POST /oauth/token", "POST /v1/evaluaties"
UNITS = "GET /api/v1/organisaties"


def person():
    return Person.with_bsn(bsn="123456782", birth_date="1980-01-31", today=TODAY)


@pytest.mark.parametrize(
    "failure",
    [
        httpx.ConnectError("weg"),
        httpx.ReadTimeout("traag"),
        httpx.RemoteProtocolError("af"),
        httpx.Response(429),
        httpx.Response(502),
        httpx.Response(503),
        httpx.Response(504),
    ],
)
def test_what_passes_is_tried_again_with_growing_pauses(connection, servers, clock, failure):
    servers.fail("/api/v1/organisaties", failure, failure)
    assert len(connection.own_units()) == 2
    assert clock.slept == [1.0, 2.0]


def test_retry_after_is_obeyed(connection, servers, clock):
    servers.fail("/v1/evaluaties", httpx.Response(429, headers={"Retry-After": "45"}))
    connection.register(person(), DETAILS)
    assert clock.slept == [45.0]


def test_a_pause_that_outlives_the_service_token_fetches_another(connection, servers, clock):
    servers.fail("/v1/evaluaties", httpx.Response(429, headers={"Retry-After": "60"}))
    connection.register(person(), DETAILS)  # the fake refuses an expired token
    assert servers.calls[:4] == [TOKEN, EVALUATE, TOKEN, EVALUATE]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (61, "over 2 minuten"),
        (3600, "over 60 minuten"),
        (3601, "over 2 uur"),
        (86_400, "over 24 uur"),
    ],
)
def test_a_daily_limit_is_reported_and_not_slept_through(
    connection, servers, clock, seconds, words
):
    answer = httpx.Response(
        429, headers={"Retry-After": str(seconds)}, json={"detail": "Vandaag nog 12 elementen."}
    )
    servers.fail("/v1/evaluaties", answer)
    with pytest.raises(Busy) as caught:
        connection.register(person(), DETAILS)
    assert str(caught.value) == f"Vandaag nog 12 elementen. Probeer het {words} opnieuw."
    assert caught.value.retry_after_seconds == seconds
    assert clock.slept == []


def test_after_five_attempts_it_is_reported(connection, servers, clock):
    servers.fail("/api/v1/organisaties", *[httpx.ConnectError("weg")] * 9)
    with pytest.raises(Unreachable):
        connection.own_units()
    assert servers.count(UNITS) == 5
    assert clock.slept == [1.0, 2.0, 4.0, 8.0]


def test_a_server_that_stays_busy_is_reported(connection, servers):
    servers.fail("/api/v1/organisaties", *[httpx.Response(503)] * 9)
    with pytest.raises(Busy):
        connection.own_units()
    assert servers.count(UNITS) == 5


def test_a_certificate_that_is_not_trusted_is_not_tried_again(connection, servers, clock):
    error = httpx.ConnectError("tls")
    error.__cause__ = ssl.SSLCertVerificationError("self-signed")
    servers.fail("/oauth/token", error)
    with pytest.raises(Unreachable, match="certificaat"):
        connection.own_units()
    assert clock.slept == []


def test_registering_again_after_a_lost_answer_makes_one_signal(connection, servers):
    lost = []

    def disturb(request):
        if request.url.path == "/api/v1/signalen" and not lost:
            lost.append(servers._register(json.loads(request.content)))
            raise httpx.ReadTimeout("antwoord kwijt")

    servers.disturb = disturb
    assert connection.register(person(), DETAILS).created is False
    assert len(servers.signals) == 1


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("5", 5),
        ("Sun, 22 Nov 2026 12:00:30 GMT", 30),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0),
        ("straks", None),
        ("", None),
        ("-5", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header, seconds):
    response = httpx.Response(429, headers={"Retry-After": header})
    assert retry_after_seconds(response, now=datetime(2026, 11, 22, 12, tzinfo=UTC)) == seconds
