"""An infrastructure repository to start from, as `veeam-pulumi new` writes it."""
