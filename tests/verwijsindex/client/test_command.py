import csv
import io
import stat

import httpx
import pytest
from click.testing import CliRunner

from verwijsindex.client import command
from verwijsindex.client.client_file import template

BSN, BIRTH_DATE = "123456782", "31-01-1980"
ROW = f"{BSN};{BIRTH_DATE};D-2291;Schuldhulp;jvries;gesprek;20-11-2020;geen_bezwaar;"
REGISTER = ["register", "--afdeling", "schuldhulp", "--wijze", "gesprek", "--datum", "20-11-2020"]
SECRET = "geheim:/+ met %"


@pytest.fixture
def vi_client(connect, settings):
    """Run ``vi-client`` against the fake servers; nothing secret may come out of it."""

    def run(*arguments, stdin=None, environment=None):
        variables = {
            "VI_CLIENT_CONFIG": None,
            "VI_CLIENT_URL": settings.url,
            "VI_CLIENT_SERVICE_URL": settings.service_url,
            "VI_CLIENT_ID": settings.client_id,
            "VI_CLIENT_SECRET": SECRET,
        }
        runner = CliRunner(env=variables | (environment or {}))
        result = runner.invoke(command.cli, [str(a) for a in arguments], input=stdin, obj=connect)
        for secret in (BSN, "19800131", "1980-01-31", SECRET):
            assert secret not in result.output
        return result

    return run


class TestRegister:
    def test_it_reads_bsn_and_birth_date_from_two_lines(self, vi_client, servers):
        result = vi_client(*REGISTER, "--kenmerk", "D-2291", stdin=f"{BSN}\n{BIRTH_DATE}\n")
        assert result.exit_code == 0
        assert "Geregistreerd." in result.stdout
        assert "Kenmerk: D-2291" in result.stdout
        assert "Vervalt op: 01-12-2027" in result.stdout
        assert (
            "Stichting Zuid (zorg): J. de Vries, casemanager, telefoon 030-1234567" in result.stdout
        )
        assert BIRTH_DATE not in result.output
        assert len(servers.signals) == 1

    def test_on_a_terminal_it_asks_and_hides_the_bsn(self, vi_client, monkeypatch):
        monkeypatch.setattr(command, "_stdin_is_terminal", lambda: True)
        result = vi_client(*REGISTER, stdin=f"{BSN}\n{BIRTH_DATE}\n")
        assert result.exit_code == 0
        assert "BSN (niet zichtbaar):" in result.output

    def test_twice_is_told_and_is_no_error(self, vi_client):
        vi_client(*REGISTER, stdin=f"{BSN}\n{BIRTH_DATE}\n")
        result = vi_client(*REGISTER, stdin=f"{BSN}\n{BIRTH_DATE}\n")
        assert result.exit_code == 0
        assert "Dit was al geregistreerd." in result.stdout

    def test_a_person_without_bsn_is_registered_by_v_number(self, vi_client, servers):
        result = vi_client(*REGISTER, "--zonder-bsn", stdin=f"1234567890\n{BIRTH_DATE}\n")
        assert result.exit_code == 0
        assert "1234567890" not in result.output

    def test_parents_are_read_from_a_line_each(self, vi_client, servers):
        stdin = f"{BSN}\n{BIRTH_DATE}\n111222333\n"
        result = vi_client(*REGISTER, "--ouders", "1", stdin=stdin)
        assert result.exit_code == 0
        assert len(servers.parents(servers.bodies[0])) == 1
        assert "111222333" not in result.output

    def test_the_only_unit_need_not_be_named(self, vi_client, servers):
        servers.units = servers.units[:1]
        arguments = ("register", "--wijze", "brief", "--datum", "20-11-2020")
        assert vi_client(*arguments, stdin=f"{BSN}\n{BIRTH_DATE}\n").exit_code == 0
        assert servers.bodies[0]["afdeling"] == "a1"

    def test_all_faults_are_told_at_once_and_nothing_is_sent(self, vi_client, servers):
        result = vi_client("register", "--wijze", "brief", stdin="123456789\n31-02-1980\n")
        assert result.exit_code == 1
        for told in (
            "- BSN: ",
            "- Geboortedatum: ",
            "- Afdeling: ontbreekt; kies een van deze: Schuldhulp, Wijkteam Noord, of vraag",
            "- Datum van informeren: ontbreekt",
        ):
            assert told in result.stderr
        assert "123456789" not in result.output
        assert "POST /v1/evaluaties" not in servers.calls

    def test_a_refusal_of_the_index_is_told(self, vi_client):
        result = vi_client(*REGISTER, "--kenmerk", "geen", stdin=f"{BSN}\n{BIRTH_DATE}\n")
        assert result.exit_code == 1
        assert "- Kenmerk: heeft geen cijfer" in result.stderr

    def test_a_unit_that_takes_no_part_is_not_called_somebody_elses(self, vi_client):
        arguments = [one if one != "schuldhulp" else "Rust" for one in REGISTER]
        result = vi_client(*arguments, stdin=f"{BSN}\n{BIRTH_DATE}\n")
        assert result.exit_code == 1
        assert (
            "- Afdeling: is geen afdeling die meedoet aan de verwijsindex; kies een van deze:"
            " Schuldhulp, Wijkteam Noord, of vraag uw coördinator" in result.stderr
        )

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("contact.medewerker", "- Medewerker: klopt niet"),
            ("leeftijdsgroep", "- Leeftijd: klopt niet"),
            ("geinformeerd.datum", "- Datum van informeren: klopt niet"),
            ("geinformeerd.herzienDatum", "- Datum van opnieuw kijken: klopt niet"),
            ("vervaltDatum", "- Vervaldatum: klopt niet"),
            ("nieuw", "- nieuw: klopt niet"),
        ],
    )
    def test_a_refusal_names_no_field_of_the_api(self, vi_client, servers, name, said):
        def disturb(request):
            if request.url.path == "/api/v1/signalen":
                params = [{"name": name, "reason": "klopt niet"}]
                return httpx.Response(400, json={"detail": "Fout.", "invalidParams": params})
            return None

        servers.disturb = disturb
        result = vi_client(*REGISTER, stdin=f"{BSN}\n{BIRTH_DATE}\n")
        assert result.exit_code == 1
        assert result.stderr.splitlines()[-1] == said

    def test_informing_may_be_deferred_with_a_date(self, vi_client, servers):
        deferred = ("register", "--afdeling", "a1", "--uitgesteld", "onderzoek")
        assert vi_client(*deferred, stdin=f"{BSN}\n{BIRTH_DATE}\n").exit_code == 2
        result = vi_client(*deferred, "--herzien", "01-12-2026", stdin=f"{BSN}\n{BIRTH_DATE}\n")
        assert result.exit_code == 0
        assert servers.bodies[0]["geinformeerd"]["herzienDatum"] == "2026-12-01"

    @pytest.mark.parametrize("arguments", [(BSN,), ("--bsn", BSN), ("--wijze", BSN), (f"--{BSN}",)])
    def test_a_bsn_on_the_command_line_is_refused_and_not_repeated(self, vi_client, arguments):
        assert vi_client("register", *arguments).exit_code == 2


class TestImport:
    def test_a_good_file_ends_with_status_0_and_no_error_file(self, vi_client, csv_file, tmp_path):
        result = vi_client("import", csv_file(ROW))
        assert result.exit_code == 0
        assert "Nieuw geregistreerd: 1" in result.stdout
        assert [path.name for path in tmp_path.iterdir()] == ["clienten.csv"]

    def test_refused_rows_end_with_status_1_and_stand_in_the_error_file(
        self, vi_client, csv_file, tmp_path
    ):
        path = csv_file(
            ROW, f"123456789;{BIRTH_DATE};-12;Elders;;;;;", ROW.replace("D-2291", "geen")
        )
        result = vi_client("import", path)
        assert result.exit_code == 1
        assert "Nieuw geregistreerd: 1" in result.stdout
        assert "Afgewezen door de index: 1" in result.stdout
        assert "niet verstuurd: 1" in result.stdout
        errors = tmp_path / "clienten-fouten.csv"
        text = errors.read_text(encoding="utf-8-sig")
        rows = list(csv.reader(io.StringIO(text), delimiter=";"))
        assert [(r[0], r[1], r[2]) for r in rows[1:]] == [
            ("3", "'-12", "BSN"),
            ("3", "'-12", "Afdeling"),
            ("3", "'-12", "Wijze van informeren"),
            ("3", "'-12", "Datum van informeren"),
            ("4", "(niet getoond)", "Kenmerk"),
        ]
        assert not any(secret in text for secret in ("123456789", BSN, BIRTH_DATE, "1980"))
        assert stat.S_IMODE(errors.stat().st_mode) == 0o600

    def test_an_error_file_of_an_earlier_run_does_not_stay(self, vi_client, csv_file, tmp_path):
        (tmp_path / "clienten-fouten.csv").write_text("3;oud", encoding="utf-8")
        assert vi_client("import", csv_file(ROW)).exit_code == 0
        assert "oud" not in (tmp_path / "clienten-fouten.csv").read_text(encoding="utf-8")

    def test_the_error_file_may_stand_elsewhere(self, vi_client, csv_file, tmp_path):
        elsewhere = tmp_path / "f.csv"
        vi_client("import", csv_file("x"), "--fouten", elsewhere)
        assert elsewhere.read_bytes().count(b"\n") > 1

    @pytest.mark.parametrize("errors", ["clienten.csv", "weg/f.csv"])
    def test_a_wrong_place_for_the_error_file_is_refused_beforehand(
        self, vi_client, csv_file, servers, errors
    ):
        path = csv_file(ROW)
        before = path.read_bytes()
        assert vi_client("import", path, "--fouten", path.parent / errors).exit_code == 2
        assert path.read_bytes() == before
        assert servers.calls == []

    def test_a_dry_run_says_that_nothing_changed(self, vi_client, csv_file, servers):
        result = vi_client("import", csv_file(ROW), "--proef")
        assert "Proef: er is niets veranderd." in result.stdout
        assert servers.signals == {}

    def test_a_lost_connection_ends_with_status_3_and_what_to_do(
        self, vi_client, csv_file, servers
    ):
        def disturb(request):
            if request.url.path == "/v1/evaluaties":
                raise httpx.ConnectError("weg")

        servers.disturb = disturb
        result = vi_client("import", csv_file(ROW, ROW))
        assert result.exit_code == 3
        assert "2 rijen, vanaf rij 2" in result.stderr
        assert "nog eens uit" in result.stderr

    def test_a_stop_by_the_user_says_that_it_may_be_run_again(self, vi_client, csv_file, servers):
        def disturb(request):
            raise KeyboardInterrupt

        servers.disturb = disturb
        result = vi_client("import", csv_file(ROW))
        assert result.exit_code == 130
        assert "nog eens uit" in result.stderr

    def test_a_file_that_is_not_there_ends_with_status_2(self, vi_client, tmp_path):
        assert vi_client("import", tmp_path / f"{BSN}.csv").exit_code == 2


class TestOthers:
    def test_matches_are_listed_with_own_reference_and_contact(self, vi_client, servers):
        contact = {"naam": "A. Bakker", "telefoon": "06-1"}
        other = {
            "organisatie": "Sociale dienst",
            "domein": "werk_en_inkomen",
            "contact": contact,
            "sindsDatum": "2026-01-02",
        }
        own = [{"kenmerk": "D-1"}, {"kenmerk": "D-2"}, {"kenmerk": "D-1"}]
        servers.match_pages = [
            {"id": "m1", "status": "open", "eigenDeelnames": own, "deelnemers": [other]}
        ]
        result = vi_client("matches")
        assert result.stdout.splitlines() == [
            "Match bij uw kenmerk D-1, D-2 (open)",
            "  Sociale dienst (werk en inkomen): A. Bakker, telefoon 06-1, sinds 02-01-2026",
        ]

    def test_a_match_about_a_family_says_so(self, vi_client, servers):
        family = {"id": "m1", "status": "open", "soort": "gezin", "deelnemers": []}
        servers.match_pages = [family]
        assert vi_client("matches").stdout.startswith("Gezinsmatch (open)")

    def test_no_matches_is_said(self, vi_client):
        assert vi_client("matches").stdout == "Er zijn geen matches.\n"

    def test_the_template_is_written_once_and_needs_no_settings(self, vi_client, tmp_path):
        path = tmp_path / "sjabloon.csv"
        nothing = dict.fromkeys(("VI_CLIENT_URL", "VI_CLIENT_ID", "VI_CLIENT_SECRET"))
        assert vi_client("template", path, environment=nothing).exit_code == 0
        assert path.read_bytes() == template()
        path.write_text("al ingevuld")
        assert vi_client("template", path, environment=nothing).exit_code == 2
        assert path.read_text() == "al ingevuld"

    def test_the_template_goes_into_a_file_of_the_shell_and_nothing_else_does(
        self, vi_client, tmp_path, monkeypatch
    ):
        monkeypatch.chdir(tmp_path)
        assert vi_client("template").stdout_bytes == template()
        assert list(tmp_path.iterdir()) == []

    def test_on_a_terminal_the_template_becomes_a_file(self, vi_client, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(command, "_stdout_is_terminal", lambda: True)
        result = vi_client("template")
        assert result.stdout == "Het sjabloon staat in verwijsindex-sjabloon.csv.\n"
        assert (tmp_path / "verwijsindex-sjabloon.csv").read_bytes() == template()

    def test_a_missing_setting_is_named_with_status_2(self, vi_client):
        result = vi_client("matches", environment={"VI_CLIENT_URL": None})
        assert result.exit_code == 2
        assert "VI_CLIENT_URL" in result.stderr

    def test_a_configuration_file_goes_before_the_environment(self, vi_client, tmp_path, settings):
        path = tmp_path / "c.toml"
        path.write_text(f'url = "{settings.url}"\nservice_url = "{settings.service_url}"\n')
        result = vi_client("--config", path, "matches")
        assert result.exit_code == 2
        assert "client_id in c.toml" in result.stderr

    def test_a_wrong_secret_ends_with_status_2(self, vi_client):
        assert vi_client("matches", environment={"VI_CLIENT_SECRET": "fout"}).exit_code == 2

    def test_an_unexpected_error_shows_no_message(self, vi_client, servers):
        def disturb(_request):
            raise RuntimeError(BSN)

        servers.disturb = disturb
        result = vi_client("matches")
        assert result.exit_code == 3
        assert "RuntimeError" in result.stderr

    @pytest.mark.parametrize(
        "arguments", [(), ("register",), ("import",), ("sync",), ("matches",), ("template",)]
    )
    def test_help_is_dutch(self, vi_client, arguments):
        result = vi_client(*arguments, "--help")
        assert result.exit_code == 0
        assert "Gebruik: " in result.stdout
        assert not any(
            word in result.stdout
            for word in ("Usage", "Options", "Show this", "Commands", "OPTIONS", "ARGS", "TEXT")
        )

    @pytest.mark.parametrize(
        "arguments",
        [
            ("import",),
            ("sync",),
            ("--config",),
            ("matches", "--alles"),
            ("import", "a", "b"),
            ("register", "--wijze", "fax"),
        ],
    )
    def test_a_wrong_command_is_told_in_dutch(self, vi_client, arguments):
        result = vi_client(*arguments)
        assert result.exit_code == 2
        assert not any(
            word in result.output
            for word in ("Error", "Missing", "No such", "Try", "Got", "not one of")
        )
