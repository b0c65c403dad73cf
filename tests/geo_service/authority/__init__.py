"""Who may do what, tried out: every route, asked by everybody, for land of the own unit and of another."""
