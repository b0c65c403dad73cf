"""The working calendar and the clock of dossiers: when something is due, and how much of the time is used."""
