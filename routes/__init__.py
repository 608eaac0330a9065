"""HTTP in: from Azure Functions requests to the domain's rules and back."""
