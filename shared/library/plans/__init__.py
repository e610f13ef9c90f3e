"""Many runs as one: `store` keeps them, `estimate` says what they cost and how far they are."""
