"""The engine that settings name: Django's own, but for what it prepares and how it asks who is there."""

import select
from typing import Any

from django.db.backends.postgresql import base
from psycopg2 import Error

from infusion_center.shared.postgresql import prepared


class DatabaseWrapper(base.DatabaseWrapper):
    """`OPTIONS["prepared"]`: off behind a pooler that hands a connection on after every transaction."""

    def get_connection_params(self) -> dict[str, Any]:
        params = super().get_connection_params()
        if params.pop("prepared", True):
            params |= {"connection_factory": prepared.Connection, "cursor_factory": prepared.Cursor}
        return params

    def is_usable(self) -> bool:
        """A server that ended has left its last words or an end to read. Nothing is sent: a question to a
        living server would cost every request a round trip, and a silent one would not answer either.
        """
        try:
            waiting = select.poll()
            waiting.register(self.connection.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
            return not waiting.poll(0)
        except Error:
            return False
