"""What came of cycles, for people and for programs: terminal, provisioning log, HTML page, JSON."""
