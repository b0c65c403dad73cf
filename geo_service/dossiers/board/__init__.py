"""The leaders' board: counts, bottlenecks, and what is to come."""
