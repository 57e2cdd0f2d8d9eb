"""The one root of every refusal."""


class DomainError(Exception):
    """A refusal in words fit for staff. Views answer it with 409 or 422 and the sentence itself.

    `field` names the input it belongs to, where there is one, so that the sentence stands beside it.
    """

    def __init__(self, message: str, *, field: str = ""):
        super().__init__(message)
        self.message = message
        self.field = field
