"""The `veeam-pulumi` command; a module per command."""
