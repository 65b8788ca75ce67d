"""Veeam Backup for Microsoft 365."""
