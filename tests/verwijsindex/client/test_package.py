import subprocess
import sys

PROBE = """
import sys
import verwijsindex.client, verwijsindex.client.command
top = {name.partition(".")[0] for name in sys.modules}
print(sorted(top & {"flask", "sqlalchemy", "marshmallow", "match", "orgprofiles"}))
print(sorted(n for n in sys.modules if n.startswith("verwijsindex") and not n.startswith("verwijsindex.client")))
"""


def test_the_client_loads_nothing_of_the_servers():
    probe = subprocess.run(
        [sys.executable, "-c", PROBE], capture_output=True, text=True, check=True
    )
    assert probe.stdout.splitlines() == ["[]", "['verwijsindex', 'verwijsindex.dutch_commands']"]


def test_every_public_name_exists():
    import verwijsindex.client as package

    assert all(hasattr(package, name) for name in package.__all__)
    assert package.__all__ == sorted(package.__all__)
