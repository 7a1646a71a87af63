import os

# ruleid: process-started
# bandit: B404
import subprocess

# ruleid: process-started
# bandit: B404
from subprocess import run


def act(command):
    # ruleid: process-started
    # bandit: B605
    os.system(command)
    # ruleid: process-started
    # bandit: B606, B607
    os.execvp("sh", [command])
    # bandit: B602
    return subprocess.run(command, shell=True), run
