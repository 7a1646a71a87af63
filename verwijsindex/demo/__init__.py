"""The demonstration: the whole of it on one machine, with made-up organisations and clients."""
