"""Reviewed SQL, one folder for each dialect."""
