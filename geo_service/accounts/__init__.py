"""Who is there: local accounts, sessions, the guard against forged requests."""
