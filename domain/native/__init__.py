"""What administrators do beside the client: users, groups, places, sign-in, under the lock rules."""
