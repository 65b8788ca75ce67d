"""The users of a service provider's companies: tenants.csv lists them, one row each."""

from veeam_pulumi.access import companies

companies.declare("tenants.csv")
