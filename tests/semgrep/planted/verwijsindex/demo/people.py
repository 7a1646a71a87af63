# ok: random-for-secrets
from random import Random

# bandit: B311
people = Random(1)
