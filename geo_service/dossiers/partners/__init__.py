"""Partners of the city: tax office, payment gateway, national portal, messaging. Signed messages over HTTP, each with exactly one effect."""
