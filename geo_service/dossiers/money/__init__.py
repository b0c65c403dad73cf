"""What is to be paid for a dossier, by rule, and paying it."""
