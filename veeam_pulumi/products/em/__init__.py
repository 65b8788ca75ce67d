"""Veeam Backup Enterprise Manager."""
