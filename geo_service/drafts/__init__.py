"""Drafts: intents being worked on, previewed against the newest state, committed to the ledger."""
