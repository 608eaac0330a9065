"""Who is provisioned: scoping filters, and assignments to the application."""
