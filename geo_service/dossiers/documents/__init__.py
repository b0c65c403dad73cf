"""Papers handed in: what they really are, where their bytes lie, who may add and read them, and what need not be asked for again."""
