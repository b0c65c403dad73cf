"""The service: what a request, a person or a machine touches."""
