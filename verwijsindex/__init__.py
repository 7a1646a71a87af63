"""The index: HTTP, configuration, time, use cases, worker and commands."""
