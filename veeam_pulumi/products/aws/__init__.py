"""Veeam Backup for AWS."""
