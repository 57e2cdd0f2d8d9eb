"""FHIR in, plain values out. No ORM: what goes into our tables is decided by `services/importing.py`."""
