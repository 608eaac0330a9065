"""The SCIM 2.0 standard on plain JSON, standing on scim2-models; knows no storage, no HTTP and no clock."""
