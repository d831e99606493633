"""A chat model made of rules: it reads the words and answers without a network."""
