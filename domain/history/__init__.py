"""The provisioning log: what is written down, read back, and made of it."""
