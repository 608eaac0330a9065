"""The adapter for Azure Table Storage: the domain's stores as rows of three tables, one partition an account."""
