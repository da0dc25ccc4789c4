"""Counts mail in the simplest way: every event once, one loop for each number."""

import json
from datetime import datetime, timedelta, timezone

DAY = timedelta(days=1)


def day(text):
    """Returns the start of a day in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


class Mail:
    """The events of one account, with the fields of their messages."""

    def __init__(self, path, account="acme"):
        with open(path, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        mine = {(line["message"], line["id"]): line for line in lines if line["account"] == account}
        self.events = sorted(mine.values(), key=lambda event: (event["at"], event["id"]))
        self.known = {event["message"]: event for event in self.events if "domain" in event}
        seen = set()
        for event in self.events:
            event["time"] = datetime.fromisoformat(event["at"].replace("Z", "+00:00"))
            for first, of in [("first_of_day", event["at"][:10]), ("first_of_counter", event.get("qualifier"))]:
                key = (first, event["message"], event["kind"], of)
                event[first] = key not in seen
                seen.add(key)

    def between(self, start, end, keeps=lambda event, known: True):
        """Returns the kept events from the day `start` until the day `end`, which is not included."""
        return [
            event
            for event in self.events
            if start <= event["time"] < end and keeps(event, self.known[event["message"]])
        ]


def mailtrap(events):
    """Returns Mailtrap's ten figures, rates with two decimals."""
    total = lambda kind: sum(event["kind"] == kind for event in events)
    messages = lambda kind: sum(event["kind"] == kind and event["first_of_day"] for event in events)
    delivered, bounced = total("delivered"), total("hard_bounced")
    counts = [
        ("delivery", delivered, delivered + bounced),
        ("bounce", bounced, delivered + bounced),
        ("open", messages("opened"), delivered),
        ("click", messages("clicked"), delivered),
        ("spam", total("complained"), delivered),
    ]
    figures = {}
    for name, count, whole in counts:
        figures[f"{name}_count"] = count
        # Rounded half up.
        figures[f"{name}_rate"] = (200 * count + whole) // (2 * whole) / 100 if whole else 0.0
    return figures


def is_temporary(event):
    return event["kind"] in ("deferred", "soft_bounced")


def is_permanent(event):
    return event["kind"] in ("hard_bounced", "failed") and event.get("qualifier") != "rejected"


def is_bounce(event):
    return event["kind"] == "hard_bounced" and event.get("qualifier") in ("immediate", None)


def mailgun(events):
    """Returns all blocks of one row of Mailgun's statistics."""
    count = lambda keeps: sum(bool(keeps(event)) for event in events)
    of = lambda kind, *qualifiers: count(
        lambda event: event["kind"] == kind and (not qualifiers or event.get("qualifier") in qualifiers)
    )
    optimized = lambda keeps: count(lambda event: keeps(event) and event.get("optimized"))

    def engaged(kind):
        unique = count(lambda event: event["kind"] == kind and event["first_of_counter"])
        return {"total": of(kind)} | ({"unique": unique} if unique else {})

    return {
        "accepted": {
            "incoming": of("accepted", "incoming"),
            "outgoing": of("accepted", "outgoing"),
            "total": of("accepted"),
        },
        "delivered": {
            "smtp": of("delivered", "smtp"),
            "http": of("delivered", "http"),
            "optimized": optimized(lambda event: event["kind"] == "delivered"),
            "total": of("delivered"),
        },
        "failed": {
            "temporary": {"espblock": of("deferred", "provider_block"), "total": count(is_temporary)},
            "permanent": {
                "suppress-bounce": of("failed", "suppressed_bounce"),
                "suppress-unsubscribe": of("failed", "suppressed_unsubscribe"),
                "suppress-complaint": of("failed", "suppressed_complaint"),
                "bounce": count(is_bounce),
                "delayed-bounce": of("hard_bounced", "delayed"),
                "webhook": of("hard_bounced", "callback"),
                "optimized": optimized(is_bounce),
                "total": count(is_permanent),
            },
        },
        "opened": engaged("opened"),
        "clicked": engaged("clicked"),
        "unsubscribed": {"total": of("unsubscribed")},
        "complained": {"total": of("complained")},
        "stored": {"total": of("stored")},
    }


def rate(part, whole):
    """Returns a rate as Mailgun's metrics print it: a fraction with four decimals, rounded half up."""
    units = (20_000 * part + whole) // (2 * whole) if whole else 0
    return f"{units // 10_000}.{units % 10_000:04}"


def metrics(events):
    """Returns some of the figures of Mailgun's metrics."""
    stats = mailgun(events)
    permanent = stats["failed"]["permanent"]
    delivered = stats["delivered"]["total"]
    suppressed = sum(permanent[f"suppress-{name}"] for name in ("bounce", "unsubscribe", "complaint"))
    sent = delivered + permanent["total"] - suppressed
    processed = delivered + permanent["total"] - permanent["webhook"] - permanent["delayed-bounce"]
    bounced = permanent["total"] - suppressed
    return {
        "accepted_count": stats["accepted"]["total"],
        "delivered_count": delivered,
        "opened_count": stats["opened"]["total"],
        "unique_opened_count": stats["opened"].get("unique", 0),
        "clicked_count": stats["clicked"]["total"],
        "permanent_failed_count": permanent["total"],
        "temporary_failed_count": stats["failed"]["temporary"]["total"],
        "bounced_count": bounced,
        "sent_count": sent,
        "processed_count": processed,
        "delivered_optimized_count": stats["delivered"]["optimized"],
        "delivered_first_attempt_count": sum(
            event["kind"] == "delivered" and event.get("attempt") == 1 for event in events
        ),
        "delivered_rate": rate(delivered, sent),
        "bounce_rate": rate(bounced, processed),
        "opened_rate": rate(stats["opened"]["total"], delivered),
        "unique_opened_rate": rate(stats["opened"].get("unique", 0), delivered),
    }
