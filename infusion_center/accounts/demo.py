"""The invented staff of the demo center. Made by `seed_demo`, shown only when DEMO is on."""

from infusion_center.accounts.permissions import Role

# username, password, role, first name, last name, credentials, NPI
STAFF = [
    ("felix", "felix-at-the-desk", Role.FRONT_DESK, "Felix", "Fry", "", ""),
    ("nora", "nora-at-the-chairs", Role.NURSE, "Nora", "North", "RN", ""),
    ("noah", "noah-at-the-chairs", Role.NURSE, "Noah", "Nash", "RN", ""),
    ("nell", "nell-at-the-chairs", Role.NURSE, "Nell", "Noonan", "RN", ""),
    ("ned", "ned-at-the-chairs", Role.NURSE, "Ned", "Naylor", "RN", ""),
    ("dana", "dana-signs-orders", Role.PROVIDER, "Dana", "Dorn", "MD", "1234567893"),
    ("bea", "bea-sends-claims", Role.BILLER, "Bea", "Birch", "", ""),
    ("max", "max-runs-the-place", Role.MANAGER, "Max", "Moor", "", ""),
    ("phil", "phil-keeps-the-rules", Role.PHARMACIST, "Phil", "Pohl", "PharmD", ""),
    ("mira", "mira-answers-for-it", Role.MEDICAL_DIRECTOR, "Mira", "Marsh", "MD", ""),
    ("ada", "ada-keeps-the-keys", Role.ADMINISTRATOR, "Ada", "Ahl", "", ""),
]
DEMO_LOGINS = [(username, password, Role(role).label) for username, password, role, *_ in STAFF]
