"""The pseudonym service: evaluates blinded elements with the key k that the index never sees.

An application of its own, with its own keys and its own small store. It knows
neither signals nor the index's database, and what it evaluates it cannot read.
"""
