"""The parcel ledger: pure edits, conservation law, commit, history, audit."""
