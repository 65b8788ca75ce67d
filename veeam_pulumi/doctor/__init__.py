"""Can each connection be used, and if not, what to do about it."""
