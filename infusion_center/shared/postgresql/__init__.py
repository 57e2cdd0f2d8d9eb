"""Django's PostgreSQL backend with statements that are planned once, and a look in place of a question."""
