"""The four partners, simulated in one process of its own: for the sample city and for tests, never in production.

They keep a log on disk, believe only our signature, take each message once, answer later and of their own accord, and misbehave when told to.
"""
