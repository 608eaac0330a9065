"""The configurator: makes an Enterprise Application in Entra what one file declares, and keeps it so."""
