"""The PXE service: protocols as values and pure functions, and the rim with sockets, clock and privileges."""
