"""What the project consists of and is held to: rules, licences, locks, the bill of materials."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
import shutil
import subprocess
import sys
import tomllib
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
BIN = Path(sys.prefix) / "bin"
RULES = ROOT / ".semgrep"
PLANTED = ROOT / "tests" / "semgrep" / "planted"
REQUIREMENTS = ROOT / "requirements"
VENDORED = ("tests/vendor", "verwijsindex/web/static/vendor")


def tool(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


check_lock = tool("check_lock")


def run(*command, cwd=ROOT, status=0, **options) -> str:
    done = subprocess.run(
        command,
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        **options,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


def announced(word: str) -> set[tuple[str, int, str]]:
    """Return (file, line, rule) of each finding that a planted file announces with *word*."""
    found = set()
    for path in PLANTED.rglob("*.*"):
        rules: list[str] = []
        for number, line in enumerate(path.read_text().splitlines(), 1):
            told = re.search(r"^\s*(?:#|<!--) (ruleid|ok|bandit): ([\w, -]+?)(?: -->)?$", line)
            if told is None:
                name = str(path.relative_to(PLANTED))
                found |= {(name, number, rule) for rule in rules}
                rules = []
            elif told[1] == word:
                rules += told[2].split(", ")
    return found


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> dict:
    """Run semgrep as ``tools/semgrep`` does, over the planted faults, in a place of their own."""
    home = tmp_path_factory.mktemp("semgrep")
    shutil.copytree(PLANTED, home / "planted")
    printed = run(
        *(BIN.parent / "semgrep" / "bin" / "semgrep", "scan", "--config", RULES),
        *("--metrics=off", "--disable-version-check", "--json", "--quiet", "--no-git-ignore"),
        *("--project-root", ".", "."),
        cwd=home / "planted",
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(home),
            "SEMGREP_SETTINGS_FILE": str(home / "settings.yml"),
            "SEMGREP_LOG_FILE": str(home / "log"),
        },
    )
    return json.loads(printed)


@pytest.mark.xdist_group("semgrep")
class TestSemgrep:
    def test_it_finds_each_planted_fault_and_nothing_else(self, report):
        found = {
            (
                one["path"].removeprefix("./"),
                one["start"]["line"],
                one["check_id"].rpartition(".")[2],
            )
            for one in report["results"]
        }
        assert found == announced("ruleid")
        assert report["errors"] == []

    def test_each_rule_has_a_planted_fault_and_a_near_miss_is_told_apart(self):
        rules = {
            rule["id"]
            for path in RULES.glob("*.yaml")
            for rule in yaml.safe_load(path.read_text())["rules"]
        }
        assert {rule for _, _, rule in announced("ruleid")} == rules
        assert {rule for _, _, rule in announced("ok")} <= rules

    def test_make_lint_holds_the_product_to_the_rules(self):
        makefile = (ROOT / "Makefile").read_text()
        assert "tools/semgrep $(PRODUCT)" in makefile
        assert re.search(
            r"^PRODUCT := verwijsindex match orgprofiles crypto wsgi.py$", makefile, re.MULTILINE
        )

    def test_a_fault_in_the_product_makes_the_tool_fail(self, tmp_path):
        (tmp_path / "tools").mkdir()
        shutil.copy(ROOT / "tools" / "semgrep", tmp_path / "tools")
        shutil.copytree(RULES, tmp_path / ".semgrep")
        (tmp_path / ".venv").symlink_to(BIN.parent)
        (tmp_path / "match").mkdir()
        (tmp_path / "match" / "pairing.py").write_text("print('hello')\n")
        printed = run(tmp_path / "tools" / "semgrep", "match", status=1)
        assert "printed" in printed


class TestBandit:
    def test_it_finds_each_planted_fault_and_nothing_else(self):
        printed = run(
            *(BIN / "bandit", "--quiet", "--configfile", ROOT / "pyproject.toml"),
            *("--recursive", "--format", "json", "."),
            cwd=PLANTED,
            status=1,
        )
        found = {
            (one["filename"].removeprefix("./"), one["line_number"], one["test_id"])
            for one in json.loads(printed)["results"]
        }
        assert announced("bandit")
        assert found == announced("bandit")


class TestReuse:
    @pytest.fixture
    def tree(self, tmp_path) -> Path:
        for name in ("REUSE.toml", "README.md"):
            shutil.copy(ROOT / name, tmp_path)
        shutil.copytree(ROOT / "LICENSES", tmp_path / "LICENSES")
        for vendored in VENDORED:
            shutil.copytree(ROOT / vendored, tmp_path / vendored)
        shutil.copytree(
            ROOT / "tests" / "crypto" / "vectors", tmp_path / "tests" / "crypto" / "vectors"
        )
        return tmp_path

    def lint(self, tree: Path, status: int) -> dict:
        return json.loads(run(BIN / "reuse", "--root", tree, "lint", "--json", status=status))

    def test_the_tree_is_clean(self, tree):
        self.lint(tree, 0)

    def test_what_is_vendored_without_a_licence_is_found(self, tree):
        (tree / "tests" / "vendor" / "other").mkdir()
        (tree / "tests" / "vendor" / "other" / "other.js").write_text("x = 1\n")
        found = self.lint(tree, 1)["non_compliant"]
        assert [Path(one).name for one in found["missing_licensing_info"]] == ["other.js"]

    def test_a_licence_whose_text_is_missing_is_found(self, tree):
        (tree / "taken.py").write_text("# SPDX-License" + "-Identifier: GPL-3.0-only\n")
        assert "GPL-3.0-only" in self.lint(tree, 1)["non_compliant"]["missing_licenses"]

    def test_vendored_files_have_the_licence_of_their_makers(self, tree):
        expressions = {
            one["path"]: {told["value"] for told in one["spdx_expressions"]}
            for one in self.lint(tree, 0)["files"]
        }
        assert {
            path: licences for path, licences in expressions.items() if licences != {"EUPL-1.2"}
        } == {
            "tests/vendor/axe-core/axe.min.js": {"MPL-2.0"},
            "verwijsindex/web/static/vendor/fflate/unzip.js": {"MIT"},
            "verwijsindex/web/static/vendor/noble/ristretto255-oprf.js": {"MIT"},
            "tests/vendor/logius/logius-adr-linter.yaml": {"CC-BY-4.0"},
            "tests/crypto/vectors/rfc9496-ristretto255.json": {"BSD-3-Clause"},
            "tests/crypto/vectors/rfc9497-ristretto255-oprf.json": {"BSD-3-Clause"},
        }

    def test_what_is_served_to_browsers_has_the_hashes_that_were_noted(self):
        for folder in (ROOT / VENDORED[1]).iterdir():
            noted = dict(
                reversed(line.split("  "))
                for line in (folder / "SHA256SUMS").read_text().splitlines()
            )
            served = {path.name for path in folder.iterdir() if path.suffix in {".js", ".css"}}
            assert noted.keys() == served | {"LICENSE"}
            for name, digest in noted.items():
                assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name

    def test_the_licence_is_one_text(self):
        licence = (ROOT / "LICENSE").read_bytes()
        assert (ROOT / "LICENSES" / "EUPL-1.2.txt").read_bytes() == licence


class TestLocks:
    def test_they_agree_with_pyproject(self):
        assert check_lock.differences() == []

    def test_another_version_and_a_missing_package_are_found(self, tmp_path):
        text = (ROOT / "pyproject.toml").read_text()
        changed = tmp_path / "pyproject.toml"
        changed.write_text(
            re.sub(r'"click==[^"]+"', '"click==1.0",\n    "unheard-of==2.0"', text, count=1)
        )
        found = check_lock.differences(changed)
        assert len(found) == 2 * len(check_lock.LOCKS)
        assert any("has no unheard-of" in line for line in found)

    @pytest.mark.parametrize("name", [*check_lock.LOCKS, "build", "semgrep"])
    def test_each_line_is_pinned_and_hashed_and_names_no_place(self, name):
        text = (REQUIREMENTS / f"{name}.txt").read_text()
        assert not re.search(
            r"://|@ |^\s*-", re.sub(r"\s--hash=sha256:[0-9a-f]{64}", "", text), re.MULTILINE
        )
        entries = re.findall(r"^[^\s#](?:.*\\\n)*.*", text, re.MULTILINE)
        assert entries
        for entry in entries:
            assert re.match(r"[a-z0-9][a-z0-9.-]*==\S+", entry), entry
            assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry

    @pytest.mark.parametrize("name", ["client", "pseudonym-service", "server"])
    def test_a_server_gets_the_versions_that_were_tested(self, name):
        assert check_lock.locked(name).items() <= check_lock.locked("dev").items()

    @pytest.mark.parametrize(("name", "extra"), check_lock.LOCKS.items())
    def test_they_hold_all_that_is_needed_and_nothing_else(self, name, extra):
        """For this Python; what others need stands in the lock behind a marker."""
        needed = {check_lock.plain(one) for one in closure("verwijsindex", extra or "")}
        text = (REQUIREMENTS / f"{name}.txt").read_text()
        lines = re.findall(r"^([a-z0-9].*?)\s*\\$", text, re.MULTILINE)
        here = {
            check_lock.plain(one.name)
            for one in map(Requirement, lines)
            if one.marker is None or one.marker.evaluate()
        }
        assert here == needed - {"verwijsindex"}

    @pytest.mark.parametrize("name", ["dev"])
    def test_what_is_installed_is_what_is_locked(self, name):
        text = (REQUIREMENTS / f"{name}.txt").read_text()
        for line in re.findall(r"^([a-z0-9].*?)\s*\\$", text, re.MULTILINE):
            one = Requirement(line)
            if one.marker is None or one.marker.evaluate():
                assert distribution(one.name).version in one.specifier

    def test_the_installation_wants_hashes(self):
        script = (ROOT / "tools" / "install-python").read_text()
        assert "locked=(--require-hashes --no-deps --only-binary :all:)" in script
        calls = re.findall(r"^ *install .*--requirement.*$", script, re.MULTILINE)
        assert len(calls) == 3
        assert all('"${locked[@]}"' in call for call in calls)


@cache
def closure(name: str, extras: str) -> frozenset[str]:
    """Return the names of all that *name* needs here, by the metadata of what is installed."""
    seen: set[tuple[str, str]] = set()
    waiting = [(name, extras)]
    while waiting:
        package, extra = waiting.pop()
        if (check_lock.plain(package), extra) in seen:
            continue
        seen.add((check_lock.plain(package), extra))
        for line in distribution(package).requires or ():
            one = Requirement(line)
            if one.marker is None or one.marker.evaluate({"extra": extra}):
                waiting += [(one.name, part) for part in (one.extras or {""})]
                if one.extras:
                    waiting.append((one.name, ""))
    return frozenset(package for package, _ in seen)


@pytest.fixture(scope="module")
def bill(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("sbom") / "sbom.cdx.json"
    run(sys.executable, "tools/sbom.py", path)
    return path.read_text()


@pytest.mark.xdist_group("sbom")
class TestBillOfMaterials:
    def test_it_is_valid_cyclonedx(self, bill):
        validator = JsonStrictValidator(SchemaVersion.V1_6)
        assert validator.validate_str(bill) is None
        assert validator.validate_str(bill.replace('"bomFormat"', '"format"')) is not None

    def test_it_names_what_a_server_runs_on_and_nothing_else(self, bill):
        found = {check_lock.plain(one["name"]) for one in json.loads(bill)["components"]}
        assert found == closure("verwijsindex", "server") - {"verwijsindex"}
        assert "pytest" not in found

    def test_each_part_has_a_version_a_licence_and_an_identifier(self, bill):
        for one in json.loads(bill)["components"]:
            assert one["purl"].startswith("pkg:pypi/")
            assert one["version"]
            assert one["licenses"], one["name"]

    def test_each_reference_leads_somewhere(self, bill):
        content = json.loads(bill)
        known = {one["bom-ref"] for one in content["components"]}
        known.add(content["metadata"]["component"]["bom-ref"])
        for one in content["dependencies"]:
            assert {one["ref"], *one["dependsOn"]} <= known

    def test_it_tells_nothing_of_the_machine_that_made_it(self, bill):
        assert str(ROOT) not in bill
        assert "file://" not in bill


@pytest.fixture(scope="module")
def content() -> dict:
    return yaml.safe_load((ROOT / "publiccode.yml").read_text())


class TestPubliccode:
    """As https://yml.publiccode.tools asks of version 0.4."""

    def test_what_is_mandatory_is_there(self, content):
        assert content["publiccodeYmlVersion"] == "0.4"
        for key in ("name", "url", "platforms", "categories", "developmentStatus", "softwareType"):
            assert content[key], key
        assert content["url"].startswith("https://")
        assert content["developmentStatus"] in {
            "concept",
            "development",
            "beta",
            "stable",
            "obsolete",
        }
        assert content["softwareType"] == "standalone/web"
        assert isinstance(content["localisation"]["localisationReady"], bool)
        assert content["localisation"]["availableLanguages"] == ["nl"]

    def test_nobody_is_made_up(self, content):
        """A contact must be a living person; where none is named, nobody maintains it yet."""
        kind = content["maintenance"]["type"]
        assert kind in {"internal", "contract", "community", "none"}
        assert ("contacts" in content["maintenance"]) == (kind in {"internal", "community"})

    @pytest.mark.parametrize("language", ["nl", "en"])
    def test_it_is_described(self, content, language):
        described = content["description"][language]
        assert len(described["shortDescription"]) <= 150
        assert 150 <= len(described["longDescription"]) <= 10_000
        assert 5 <= len(described["features"]) <= 20

    def test_it_says_what_pyproject_says(self, content):
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
        assert content["legal"]["license"] == project["license"]
        assert content["softwareVersion"] == project["version"]


@pytest.fixture(scope="module")
def hooks() -> list[dict]:
    content = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    assert {one["repo"] for one in content["repos"]} == {"local"}
    return [hook for one in content["repos"] for hook in one["hooks"]]


class TestPreCommit:
    def test_the_configuration_is_valid(self):
        run(BIN / "pre-commit", "validate-config", ".pre-commit-config.yaml")

    def test_nothing_is_downloaded(self, hooks):
        assert {hook["language"] for hook in hooks} == {"system"}
        for hook in hooks:
            program = hook["entry"].split()[0]
            assert program.startswith((".venv/bin/", "tools/"))
            assert (
                BIN / Path(program).name if program.startswith(".venv") else ROOT / program
            ).exists()

    def test_it_runs_what_make_lint_runs(self, hooks):
        ours = {Path(hook["entry"].split()[0]).name for hook in hooks} - {"python"}
        lint = (ROOT / "Makefile").read_text().partition("\nlint:")[2].partition("\n\n")[0]
        assert ours == set(re.findall(r"(?:\$\(BIN\)|tools)/(?!quietly)([\w-]+)", lint))
