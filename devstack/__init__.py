"""The development stack: Azurite, the local Functions host and a demo account, started and stopped together."""
