"""Clients of mail: they write to each other, to the help desk, and to others outside."""

import smtplib
import time

NAMES = ["anna", "bert", "cara", "dora", "emil"]


def send(host, to, subject, body):
    try:
        with smtplib.SMTP(host, 25, local_hostname="client.lab.example", timeout=8) as smtp:
            smtp.sendmail("anna@lab.example", [to], f"From: anna@lab.example\r\nTo: {to}\r\nSubject: {subject}\r\n\r\n{body}\r\n")
        return "sent"
    except (OSError, smtplib.SMTPException) as error:
        return str(error)


def visit(host, rng):
    what = rng.choices(["inside", "ticket", "outside", "many"], [60, 20, 12, 3])[0]
    if what == "inside":
        send(host, rng.choice(NAMES) + "@lab.example", "lunch", "x" * rng.randint(10, 3000))
    elif what == "ticket":
        send(host, "tickets@lab.example", f"printer {rng.randint(1, 99)} jams", "please help")
    elif what == "outside":
        send(host, "someone@customer.example", "your order", "thank you")
    else:
        for name in NAMES:
            send(host, name + "@lab.example", "to all", "news")


def breach(host, command):
    """A subject that has a command in it; the mail is taken before that has run."""
    said = send(host, "tickets@lab.example", "help $(" + command.replace("\n", "; ") + ")", "please")
    time.sleep(4)
    return said
