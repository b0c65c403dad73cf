"""The log of sign-ins, looks at personal data, decisions and administrative acts."""
