"""The one root of every refusal."""


class DomainError(Exception):
    """A refusal in words fit for staff. Views answer it with 409 or 422 and the sentence itself.

    `field` names the input it belongs to, where there is one, so that the sentence stands beside it.
    """

    http_status = 422

    def __init__(self, message: str, *, field: str = ""):
        super().__init__(message)
        self.message = message
        self.field = field


class Conflict(DomainError):
    """Somebody else was first, or the row is past this: 409 where a plain refusal is 422."""

    http_status = 409
