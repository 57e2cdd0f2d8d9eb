"""The admin asks for Django's permissions; the role answers (permissions.py stays the one page)."""

from typing import Any

from django.contrib.auth.backends import BaseBackend

from infusion_center.accounts.permissions import Can


class RoleBackend(BaseBackend):
    """Who may manage staff may use the admin; what a page of it allows is that page's own word."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return user_obj.is_staff and user_obj.can(Can.MANAGE_STAFF)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return self.has_perm(user_obj, app_label)
