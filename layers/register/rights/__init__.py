"""Rights on land in the words of LADM (ISO 19152): parties, administrative units, rights, certificates, blocks."""
