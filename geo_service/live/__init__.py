"""The feed: one listener a process, caches evicted before anybody is told, Server-Sent Events with catch-up."""
