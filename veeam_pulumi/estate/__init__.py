"""What is on the servers: every object of every kind, what it lets its holder do, and what manages it."""
