"""What the client does through SCIM: users, groups, memberships, and lists of them."""
