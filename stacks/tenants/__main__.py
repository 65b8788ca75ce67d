"""The users of a service provider's companies: who they are stands in tenants.csv, one row each."""

from veeam_pulumi.access import companies

companies.declare("tenants.csv")
