"""A real identity provider (the certified npm package oidc-provider) as its own process, and a liar to put in front of it."""
