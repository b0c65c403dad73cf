"""Rights on land over HTTP: who holds what, blocks, registrations, looking for and unmasking a person."""
