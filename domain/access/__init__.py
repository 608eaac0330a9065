"""Who may do what: tokens, keys, roles, service accounts, and the tokens of Entra."""
