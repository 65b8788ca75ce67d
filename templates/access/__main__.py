"""Who can log in to the company's backups: everybody and everything in roster.yaml, in the stack's environment."""

from veeam_pulumi.access import person

person.declare("roster.yaml")
