"""The e-mail adapter: Django's backend, a file outbox by default, SMTP when EMAIL_URL says so."""

from smtplib import (
    SMTPConnectError,
    SMTPHeloError,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)
from socket import gaierror

from django.core.mail import EmailMessage

from infusion_center.outbox.models import Message
from infusion_center.outbox.services import NotSent

# After one of these the mail surely did not go. Any other failure leaves the question open.
SURELY_NOT = (
    ConnectionRefusedError,
    gaierror,
    SMTPConnectError,
    SMTPHeloError,
    SMTPRecipientsRefused,
    SMTPSenderRefused,
    SMTPResponseException,
)


def send(message: Message) -> None:
    """Send one message. Raises NotSent when it surely did not go."""
    mail = EmailMessage(
        subject=message.title,
        body=message.text,
        to=[message.to],
        headers={"Message-ID": f"<{message.kind}-{message.pk}@infusion-center>"},
    )
    try:
        mail.send()
    except SURELY_NOT as no:
        code = getattr(no, "smtp_code", "")
        raise NotSent(f"The mail server did not take it {code}".strip()) from no
