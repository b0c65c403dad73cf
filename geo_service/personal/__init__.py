"""Personal data: sealed with a key outside the database, shown masked, opened on a stated purpose, and told to the person."""
