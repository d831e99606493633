"""The embedded generator: any schema -> a valid, realistic, seeded value."""
