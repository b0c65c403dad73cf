"""The procedural sample city and its loading: simulated data that say so."""
