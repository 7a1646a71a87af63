"""How both applications speak HTTP: problems, strict bodies, headers, documents.

Shared by the index and the pseudonym service, so it knows neither database.
"""
