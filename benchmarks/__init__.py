"""How fast it is, beside what the same machine can do at most in the same minutes.

``python -m benchmarks`` (``make bench``); the method is in docs/benchmarks.md.
"""
