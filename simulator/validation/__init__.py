"""The checks of Microsoft's SCIM Validator and of gallery onboarding, against any SCIM service provider."""
