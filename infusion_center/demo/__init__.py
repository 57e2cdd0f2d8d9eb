"""The invented center of `make run`: a believable day, made through the services. Safe to make again."""
