"""The Microsoft Entra provisioning service as a SCIM client: provisions a directory into any service provider."""
