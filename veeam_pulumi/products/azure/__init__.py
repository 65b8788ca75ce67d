"""Veeam Backup for Microsoft Azure."""
