# ruleid: random-for-secrets
import random

# ruleid: random-for-secrets
from random import randbytes

# ruleid: other-cryptography
# bandit: B413
from Crypto.Cipher import AES

# ruleid: other-cryptography
import jwt


def nonce():
    # ruleid: random-for-secrets
    # bandit: B311
    return random.randrange(2**64), randbytes, AES, jwt
