"""The same visits in a narrow table, for what PostgreSQL needs and nothing else: no site, no history.

As in the study behind performance.md: the goals of offers and bookings are so many times its statements.
"""

from django.db import connection

NARROW = """
CREATE EXTENSION IF NOT EXISTS btree_gist;
DROP SCHEMA IF EXISTS bare CASCADE;
CREATE SCHEMA bare;
CREATE TABLE bare.visit (
    id bigserial PRIMARY KEY, chair int NOT NULL, patient int NOT NULL, during tstzrange NOT NULL,
    status smallint NOT NULL DEFAULT 0, EXCLUDE USING gist (chair WITH =, during WITH &&) WHERE (status < 8)
);
INSERT INTO bare.visit (chair, patient, during)
    SELECT chair_id, patient_id, chair_time FROM visits_visit WHERE chair_id IS NOT NULL
    ON CONFLICT DO NOTHING;
CREATE INDEX ON bare.visit (lower(during));
ANALYZE bare.visit;
"""


def make_table() -> None:
    """From whatever visits there are now."""
    with connection.cursor() as cursor:
        cursor.execute(NARROW)
