"""Writes random mail: events as JSON Lines, the same in each run, in random order and with repeats.

    python3 mail.py > events.jsonl

Only the first event of a message has the fields of the message, so counting must join the other events to it.
"""

import json
import random
from datetime import datetime, timedelta, timezone

START = datetime(2026, 1, 5, tzinfo=timezone.utc)
DAYS = 12
DOMAINS = ["mail.acme.example", "news.acme.example"]
CATEGORIES = ["Welcome mail", "Receipts (2026)", "a+b & c"]
TAGS = ["new", "eu", "big spender"]
PROVIDERS = [("gmail.com", "Google"), ("yahoo.com", "Yahoo"), ("corp.example", None)]
COUNTRIES = ["DE", "US", "FR"]
DEVICES = ["desktop", "mobile", "tablet"]
TEMPORARY = [("deferred", "provider_block"), ("deferred", "other"), ("soft_bounced", None)]
PERMANENT = [
    ("hard_bounced", "immediate"),
    ("hard_bounced", None),
    ("hard_bounced", "callback"),
    ("failed", "suppressed_bounce"),
    ("failed", "suppressed_unsubscribe"),
    ("failed", "suppressed_complaint"),
    ("failed", "expired"),
    ("failed", "provider_block"),
    ("failed", "other"),
    ("failed", "rejected"),
]


def message(dice, account, number):
    """Returns the events of one message, ordered by instant."""
    at = START + timedelta(seconds=dice.randrange(DAYS * 86_400))
    events = []

    def happen(kind, qualifier=None, **more):
        nonlocal at
        at += timedelta(seconds=dice.randrange(1, 30_000))
        event = {"account": account, "message": f"m-{number}", "id": f"e-{len(events)}", "kind": kind}
        event["at"] = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        event |= {"qualifier": qualifier} if qualifier else {}
        events.append(event | more)

    recipient_domain, provider = dice.choice(PROVIDERS)
    known = {
        "domain": dice.choice(DOMAINS),
        "stream": dice.choice(["transactional", "bulk"]),
        "category": dice.choice(CATEGORIES),
        "tags": dice.sample(TAGS, dice.randrange(3)),
        "ip": dice.choice(["192.0.2.1", "192.0.2.2"]),
        "recipient_domain": recipient_domain,
    }
    known |= {"provider": provider} if provider else {}
    happen("accepted", dice.choice(["outgoing", "outgoing", "incoming"]), **known)
    for _ in range(dice.choice([0, 0, 0, 1, 3])):
        happen(*dice.choice(TEMPORARY))
    if dice.random() < 0.25:
        happen(*dice.choice(PERMANENT), optimized=dice.random() < 0.5)
        return events
    happen("sent")
    happen("delivered", dice.choice(["smtp", "smtp", "http"]), attempt=len(events) - 1, optimized=dice.random() < 0.3)
    if dice.random() < 0.05:
        happen("hard_bounced", "delayed")
        return events
    for kind, most in [("opened", 4), ("clicked", 3)]:
        for _ in range(dice.randrange(most)):
            happen(
                kind,
                dice.choice(["person", "person", "machine"]),
                country=dice.choice(COUNTRIES),
                device=dice.choice(DEVICES),
            )
    for kind, chance in [("unsubscribed", 0.05), ("complained", 0.03), ("stored", 0.03)]:
        if dice.random() < chance:
            happen(kind)
    return events


def main():
    dice = random.Random(2026)
    events = [event for number in range(500) for event in message(dice, "acme", number)]
    # The messages of the other account have the same ids.
    events += [event for number in range(100) for event in message(dice, "globex", number)]
    events += dice.sample(events, len(events) // 5)
    dice.shuffle(events)
    for event in events:
        print(json.dumps(event))


if __name__ == "__main__":
    main()
