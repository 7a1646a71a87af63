import json
from datetime import UTC, datetime

import httpx
import pytest
from joserfc.jwk import ECKey, OKPKey

from crypto.oprf import Blind, blind
from verwijsindex.client import (
    AccessRefused,
    ClientKey,
    ClientSecret,
    ClientSettings,
    Deferral,
    DeferralReason,
    Informed,
    Informing,
    Person,
    Reaction,
    RequestRefused,
    RowStatus,
    SettingsRefused,
    SignalDetails,
    UnexpectedAnswer,
    Way,
)

TODAY = datetime(2026, 11, 22, tzinfo=UTC).date()
DETAILS = SignalDetails("a1", Informing(Way.LETTER, TODAY), reference="D-2291")
TOKEN, EVALUATE = "POST /oauth/token", "POST /v1/evaluaties"
REGISTER, UNITS = "POST /api/v1/signalen", "GET /api/v1/organisaties"


def person(birth_date="1980-01-31"):
    return Person.with_bsn(bsn="123456782", birth_date=birth_date, today=TODAY)


class TestRegister:
    def test_the_same_person_is_the_same_pseudonym_through_two_calls(self, connection, servers):
        first = connection.register(person(), DETAILS)
        again = connection.register(person(), DETAILS)
        assert (first.created, again.created) == (True, False)
        assert first.id == again.id
        assert len(servers.signals) == 1

    def test_another_birth_date_is_another_pseudonym(self, connection, servers):
        connection.register(person(), DETAILS)
        connection.register(person("1980-02-01"), DETAILS)
        assert len({pseudonym for pseudonym, _ in servers.signals}) == 2

    def test_the_body_is_the_contracts(self, connection, servers):
        connection.register(person(), DETAILS)
        (body,) = servers.bodies
        assert len(body.pop("evaluatie")) == 163
        assert len(body.pop("blindering")) == 43
        assert body == {
            "afdeling": "a1",
            "contact": {"afdeling": True},
            "leeftijdsgroep": "23+",
            "kenmerk": "D-2291",
            "geinformeerd": {
                "door": "eigen",
                "aan": ["client"],
                "wijze": "brief",
                "datum": "2026-11-22",
                "reactie": "niet_gevraagd",
            },
        }

    def test_a_professional_an_end_date_and_a_deferral_are_passed_on(self, connection, servers):
        deferral = Deferral(DeferralReason.SAFETY_OF_CLIENT, TODAY)
        connection.register(person(), SignalDetails("a1", deferral, "jvries", lapses_on=TODAY))
        (body,) = servers.bodies
        assert body["contact"] == {"medewerker": "jvries"}
        assert body["vervaltDatum"] == "2026-11-22"
        assert body["geinformeerd"] == {
            "uitgesteldReden": "veiligheid_client",
            "herzienDatum": "2026-11-22",
        }
        assert "kenmerk" not in body

    @pytest.mark.parametrize(
        ("birth_date", "told"),
        [
            ("2020-01-01", ["gezaghebbenden"]),
            ("2012-01-01", ["client", "gezaghebbenden"]),
            ("2008-01-01", ["client"]),
        ],
    )
    def test_who_was_told_depends_on_age(self, connection, servers, birth_date, told):
        connection.register(person(birth_date), DETAILS)
        assert servers.bodies[0]["geinformeerd"]["aan"] == told

    def test_who_was_told_may_be_said(self, connection, servers):
        informed = Informing(Way.LETTER, TODAY, Reaction.CONSENT, told=frozenset({Informed.CLIENT}))
        connection.register(person("2020-01-01"), SignalDetails("a1", informed))
        assert servers.bodies[0]["geinformeerd"]["aan"] == ["client"]

    def test_neither_server_sees_what_is_the_others_nor_the_person(self, connection, servers):
        connection.register(person(), DETAILS)
        by_path = {r.url.path: r.content.decode() for r in servers.requests}
        (element,) = json.loads(by_path["/v1/evaluaties"])["elementen"]
        blinding = servers.bodies[0]["blindering"]
        assert element not in by_path["/api/v1/signalen"]
        assert blinding not in by_path["/v1/evaluaties"]
        everything = " ".join(f"{r.url} {r.headers} {r.content!r}" for r in servers.requests)
        assert "123456782" not in everything
        assert "1980" not in everything

    def test_the_answer_tells_the_match(self, connection):
        registered = connection.register(person(), DETAILS)
        (other,) = registered.found.counterparts
        assert (registered.reference, registered.lapses_on) == ("D-2291", "2027-12-01")
        assert (other.organisation, other.telephone) == ("Stichting Zuid", "030-1234567")

    def test_a_refusal_carries_the_faults_of_the_index(self, connection):
        with pytest.raises(RequestRefused) as caught:
            connection.register(person(), SignalDetails("a1", DETAILS.informed, reference="geen"))
        assert caught.value.status == 400
        assert [(f.field, f.reason) for f in caught.value.faults] == [
            ("kenmerk", "heeft geen cijfer")
        ]


class TestTokens:
    def test_each_server_gets_a_token_of_its_own(self, connection, servers):
        connection.register(person(), DETAILS)  # both fakes verify the audience
        assert servers.calls == [TOKEN, EVALUATE, TOKEN, REGISTER]

    def test_an_index_token_is_kept_till_thirty_seconds_before_its_end(
        self, connection, servers, clock
    ):
        connection.own_units()
        clock.sleep(569)
        connection.own_units()
        assert servers.count(TOKEN) == 1
        clock.sleep(1)
        connection.own_units()
        assert servers.count(TOKEN) == 2

    def test_a_token_that_is_refused_is_replaced_once(self, connection, servers):
        servers.fail("/api/v1/organisaties", httpx.Response(401))
        assert len(connection.own_units()) == 2
        assert servers.count(TOKEN) == 2

    def test_a_client_that_stays_refused_is_told_so(self, connection, servers):
        servers.fail("/api/v1/organisaties", *[httpx.Response(401)] * 5)
        with pytest.raises(AccessRefused):
            connection.own_units()
        assert servers.count(UNITS) == 2

    @pytest.mark.parametrize("key", [OKPKey.generate_key("Ed25519"), ECKey.generate_key("P-256")])
    def test_a_private_key_signs_an_assertion_for_the_token_endpoint(
        self, connect, servers, settings, key
    ):
        servers.client_jwk = key.as_dict(private=False)
        credential = ClientKey(key.as_dict(private=True))
        with connect(
            ClientSettings(settings.url, settings.service_url, settings.client_id, credential)
        ) as found:
            assert len(found.own_units()) == 2

    def test_each_attempt_has_an_assertion_of_its_own(self, connect, servers, settings):
        key = OKPKey.generate_key("Ed25519")
        servers.client_jwk = key.as_dict(private=False)
        servers.fail("/oauth/token", httpx.ConnectError("weg"))
        credential = ClientKey(key.as_dict(private=True))
        with connect(
            ClientSettings(settings.url, settings.service_url, settings.client_id, credential)
        ) as found:
            found.own_units()
        first, second = [r.content for r in servers.requests if r.url.path == "/oauth/token"]
        assert first != second

    def test_a_damaged_key_is_reported_without_showing_it(self, connect, servers, settings):
        credential = ClientKey({"kty": "OKP", "crv": "Ed25519", "x": "AA", "d": "geheim"})
        with (
            connect(ClientSettings(settings.url, settings.service_url, "c", credential)) as found,
            pytest.raises(SettingsRefused) as caught,
        ):
            found.own_units()
        assert "geheim" not in str(caught.value)
        assert servers.calls == []

    def test_a_wrong_secret_is_refused_without_showing_it(self, connect, settings):
        wrong = ClientSettings(
            settings.url, settings.service_url, settings.client_id, ClientSecret("fout-geheim")
        )
        with connect(wrong) as found, pytest.raises(AccessRefused) as caught:
            found.own_units()
        assert "fout-geheim" not in str(caught.value)

    @pytest.mark.parametrize(
        "answer", [{}, {"access_token": "x"}, {"access_token": "", "expires_in": 60}, []]
    )
    def test_a_token_answer_that_is_not_right_is_no_token(self, connection, servers, answer):
        servers.fail("/oauth/token", httpx.Response(200, json=answer))
        with pytest.raises(UnexpectedAnswer):
            connection.own_units()


class TestAnswers:
    @pytest.mark.parametrize(
        "answer",
        [
            httpx.Response(200, text="<html>"),
            httpx.Response(200, json=[]),
            httpx.Response(200, json={"resultaten": None}),
            httpx.Response(200, json={"resultaten": [{"afdelingen": [{"id": 1}]}]}),
            httpx.Response(302, headers={"Location": "https://elders.test"}),
            httpx.Response(500, text="stuk"),
        ],
    )
    def test_an_answer_that_is_not_right_is_reported_as_such(self, connection, servers, answer):
        servers.fail("/api/v1/organisaties", answer)
        with pytest.raises(UnexpectedAnswer):
            connection.own_units()
        assert all(request.url.host != "elders.test" for request in servers.requests)

    def test_a_refusal_without_problem_body_names_its_status(self, connection, servers):
        servers.fail("/api/v1/organisaties", httpx.Response(404, text="<html>"))
        with pytest.raises(RequestRefused, match="404"):
            connection.own_units()

    def test_a_text_of_the_server_cannot_steer_the_terminal(self, connection, servers):
        detail = "Mag niet\x1b[2J\r\nmeer"
        servers.fail("/api/v1/organisaties", httpx.Response(403, json={"detail": detail}))
        with pytest.raises(RequestRefused) as caught:
            connection.own_units()
        assert str(caught.value) == "Mag niet [2J  meer"

    @pytest.mark.parametrize("positions", [[0], [0, 0], [1, 2], [0, 1, 2]])
    def test_a_batch_answer_has_exactly_one_row_per_signal(self, connection, servers, positions):
        rows = [{"positie": p, "status": "aangemaakt"} for p in positions]
        servers.fail("/api/v1/signalen/batch", httpx.Response(200, json={"resultaten": rows}))
        with pytest.raises(UnexpectedAnswer):
            connection.register_batch([{}, {}], dry_run=False)

    def test_batch_answers_are_put_in_order(self, connection, servers):
        rows = [{"positie": 1, "status": "bestond_al"}, {"positie": 0, "status": "aangemaakt"}]
        servers.fail("/api/v1/signalen/batch", httpx.Response(200, json={"resultaten": rows}))
        answers = connection.register_batch([{}, {}], dry_run=False)
        assert [answer.status for answer in answers] == [RowStatus.CREATED, RowStatus.EXISTED]

    def test_as_many_evaluations_as_elements_or_none(self, connection, servers):
        servers.fail("/v1/evaluaties", httpx.Response(200, json={"evaluaties": []}))
        with pytest.raises(UnexpectedAnswer):
            connection.register(person(), DETAILS)

    def test_more_than_a_thousand_at_once_is_a_mistake_of_the_caller(self, connection, servers):
        with pytest.raises(ValueError):
            connection.evaluate([blind(b"x", Blind.random())] * 1_001, batch=True)
        with pytest.raises(ValueError):
            connection.register_batch([{}] * 1_001, dry_run=True)
        assert servers.calls == []

    def test_matches_come_from_all_pages(self, connection, servers):
        servers.match_pages = [{"id": f"m{n}", "status": "open"} for n in range(450)]
        assert [found.id for found in connection.matches()] == [f"m{n}" for n in range(450)]
        assert servers.count("GET /api/v1/matches") == 3

    def test_units_have_id_name_and_domain(self, connection, servers):
        assert connection.own_units() == servers.units

    def test_a_connection_prints_no_credential_and_no_token(self, connection):
        connection.own_units()
        assert repr(connection) == "IndexConnection('https://index.test')"
        assert repr(connection._tokens) == "TokenSource(…)"
        assert "ey" not in repr(connection._tokens._held)
