"""Our rules: accounts, tokens, provisioning, membership and maintenance, and the ports they need."""
