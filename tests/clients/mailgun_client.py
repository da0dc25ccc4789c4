"""Mailgun's client for Python: python mailgun_client.py BASE EVENTS"""

import sys
import warnings

from mailgun.client import Client

import plain

EVENTS = ["accepted", "delivered", "failed", "opened", "clicked", "unsubscribed", "complained", "stored"]
DOMAINS = ["mail.acme.example", "news.acme.example"]
FIRST, LAST = "2026-01-07", "2026-01-14"
WINDOW = {"start": "Wed, 07 Jan 2026 03:00:00 +0000", "end": "Wed, 14 Jan 2026 23:59:59 +0000"}


def stamp(day, zone):
    return day.strftime("%a, %d %b %Y %H:%M:%S ") + zone


def answer(response, status=200):
    assert response.status_code == status, (response.status_code, response.text)
    return response.json()


def rows(mail, requested, keeps=lambda event, known: True):
    """Returns a row for each day, with the requested blocks."""
    days = [plain.day(FIRST) + number * plain.DAY for number in range(8)]
    return [
        {"time": stamp(day, "UTC")}
        | {name: block for name, block in plain.mailgun(mail.between(day, day + plain.DAY, keeps)).items() if name in requested}
        for day in days
    ]


def check_stats(client, mail):
    for requested in [EVENTS, ["failed"], ["opened", "stored"]]:
        query = {"event": requested} | WINDOW
        for domain in DOMAINS:
            found = answer(client.stats_total.get(domain=domain, filters=query))
            expected = rows(mail, requested, lambda event, known: known["domain"] == domain)
            assert found["stats"] == expected, (domain, requested)
        by = {
            "domain": (DOMAINS[0], lambda event, known: known["domain"] == DOMAINS[0]),
            "ip": ("192.0.2.2", lambda event, known: known["ip"] == "192.0.2.2"),
            "tag": ("EU", lambda event, known: "eu" in known["tags"]),
            "country": ("DE", lambda event, known: event.get("country") == "DE"),
        }
        for key, (value, keeps) in by.items():
            found = answer(client.stats_filter.get(filters=query | {"filter": f"{key}:{value}"}))
            assert found["stats"] == rows(mail, requested, keeps), (key, requested)
    grouped = answer(client.stats_filter.get(filters={"event": ["delivered"], "group": "domain"} | WINDOW))
    for domain in DOMAINS:
        expected = rows(mail, ["delivered"], lambda event, known: known["domain"] == domain)
        found = [row for row in grouped["stats"] if row["domain"] == domain]
        assert found == [row | {"domain": domain} for row in expected], domain
    timestamp = "Thu, 08 Jan 2026 10:00:00 GMT"
    query = {"event": ["accepted", "failed"], "timestamp": timestamp, "resolution": "day"}
    day = plain.day("2026-01-08")
    of_day = lambda domain: mail.between(day, day + plain.DAY, lambda event, known: known["domain"] == domain)
    for skipped in (0, 1):
        found = answer(client.stats_total_domains.get(filters=query | {"limit": skipped}))
        assert [row["domain"] for row in found["stats"]] == DOMAINS[skipped:]
        for row in found["stats"]:
            blocks = plain.mailgun(of_day(row["domain"]))
            assert (row["accepted"], row["failed"]) == (blocks["accepted"], blocks["failed"]), row


def check_tags(client, mail):
    for tag in ["new", "big spender"]:
        query = {"event": ["accepted", "clicked"]} | WINDOW
        found = answer(client.tags_stats.get(domain=DOMAINS[1], filters=query, tag_name=tag))
        keeps = lambda event, known: known["domain"] == DOMAINS[1] and tag in known["tags"]
        assert found["stats"] == rows(mail, ["accepted", "clicked"], keeps), tag
        assert (found["tag"], found["description"]) == (tag, "")
        events = [event for event in mail.events if keeps(event, mail.known[event["message"]])]
        for method, name, values in [
            (client.tags_stats_aggregates_countries, "country", {"de": "DE", "us": "US"}),
            (client.tags_stats_aggregates_devices, "device", {"mobile": "mobile", "tablet": "tablet"}),
        ]:
            found = answer(method.get(domain=DOMAINS[1], tag_name=tag))
            for shown, own in values.items():
                opened = [event for event in events if event["kind"] == "opened" and event[name] == own]
                unique = sum(event["first_of_counter"] for event in opened)
                figures = found[name][shown]
                assert (figures["opened"], figures["unique_opened"]) == (len(opened), unique), (name, shown)
        found = answer(client.tags_stats_aggregates_providers.get(domain=DOMAINS[1], tag_name=tag))
        of_gmail = [event for event in events if mail.known[event["message"]]["recipient_domain"] == "gmail.com"]
        assert found["provider"]["gmail.com"]["accepted"] == plain.mailgun(of_gmail)["accepted"]["total"]


def check_metrics(client, mail):
    start, end = plain.day(FIRST), plain.day(LAST) + plain.DAY
    names = list(plain.metrics([]))
    # A request has at most ten.
    for requested in (names[:8], names[8:]):
        picked = lambda events: {name: figure for name, figure in plain.metrics(events).items() if name in requested}
        query = WINDOW | {"resolution": "day", "metrics": requested, "include_aggregates": True}
        found = answer(client.analytics_metrics.create(data=query | {"dimensions": ["time"]}))
        for item in found["items"]:
            [time] = item["dimensions"]
            day = next(start + number * plain.DAY for number in range(8) if stamp(start + number * plain.DAY, "+0000") == time["value"])
            assert item["metrics"] == picked(mail.between(day, day + plain.DAY)), time
        assert len(found["items"]) == found["pagination"]["total"] == 8
        assert found["aggregates"]["metrics"] == picked(mail.between(start, end))
        found = answer(client.analytics_metrics.create(data=query | {"dimensions": ["tag", "domain"]}))
        for item in found["items"]:
            tag, domain = (dimension["value"] for dimension in item["dimensions"])
            keeps = lambda event, known: known["domain"] == domain and (
                tag in known["tags"] if tag != "Untagged" else not known["tags"]
            )
            assert item["metrics"] == picked(mail.between(start, end, keeps)), (tag, domain)
        assert found["pagination"]["total"] == len(found["items"]) == 8
        assert found["aggregates"]["metrics"] == picked(mail.between(start, end))
        bots = {"AND": [{"attribute": "bot", "comparator": "!=", "values": [{"label": "None", "value": "None"}]}]}
        found = answer(client.analytics_metrics.create(data=query | {"dimensions": ["bot"], "filter": bots}))
        machines = mail.between(start, end, lambda event, known: event.get("qualifier") == "machine")
        [item] = found["items"]
        assert item["dimensions"][0]["value"] == "Generic"
        assert item["metrics"] == picked(machines)
    usage = {"resolution": "day", "metrics": ["processed_count"], "dimensions": ["time"], "include_aggregates": True}
    found = answer(client.analytics_usage_metrics.create(data=WINDOW | usage))
    processed = plain.metrics(mail.between(start, end))["processed_count"]
    assert found["aggregates"]["metrics"]["processed_count"] == processed


def check_refusals(client, base):
    refused = answer(client.stats_total.get(domain=DOMAINS[0]), 400)
    assert refused["message"].endswith("Missing mandatory parameter: event"), refused
    refused = answer(client.stats_total.get(domain="globex.example", filters={"event": "stored"}), 404)
    assert refused["message"] == "Domain not found: globex.example", refused
    stranger = Client(auth=("api", "no such key"), api_url=base)
    found = stranger.stats_total.get(domain=DOMAINS[0], filters={"event": "stored"})
    assert (found.status_code, found.text) == (401, "Forbidden")


def main(base, path):
    # Mailgun calls these methods deprecated.
    warnings.simplefilter("ignore")
    mail = plain.Mail(path)
    client = Client(auth=("api", "acme-reporting-key"), api_url=base)
    check_stats(client, mail)
    check_tags(client, mail)
    check_metrics(client, mail)
    check_refusals(client, base)
    print("mailgun for Python: stats, filters, totals by domain, tags, metrics, usage")


if __name__ == "__main__":
    main(*sys.argv[1:])
