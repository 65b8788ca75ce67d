"""`veeam-pulumi doctor --probe`: what a server answers to the questions whose answers this package assumes."""
