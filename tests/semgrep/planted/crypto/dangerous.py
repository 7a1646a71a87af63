import hashlib

# bandit: B403
import pickle

import yaml


def load(text, connection, day):
    # bandit: B301
    yield pickle.loads(text)
    # bandit: B307
    yield eval(text)
    # bandit: B102
    exec(text)
    # bandit: B324
    yield hashlib.md5(text)
    # bandit: B506
    yield yaml.load(text)
    # bandit: B108
    yield open("/tmp/keys")
    # bandit: B608
    # ruleid: sql-made-of-text
    connection.execute("SELECT id FROM alarms WHERE day = " + day)
