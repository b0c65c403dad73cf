"""Signing in through an identity provider: OpenID Connect, code flow with PKCE. What is particular to one provider is configuration."""
