"""Mailtrap's client for Python, all five methods with every filter: python mailtrap_client.py BASE EVENTS"""

import dataclasses
import sys

import mailtrap
from mailtrap.exceptions import APIError, AuthorizationError
from mailtrap.models.stats import StatsFilterParams
from requests.adapters import HTTPAdapter

import plain

ACCOUNT = 12345
FIRST, LAST = "2026-01-07", "2026-01-14"
DOMAINS = {3938: "mail.acme.example", 3939: "news.acme.example"}
FILTERS = [
    ({}, lambda known: True),
    ({"sending_domain_ids": [3938]}, lambda known: known["domain"] == DOMAINS[3938]),
    ({"sending_streams": ["transactional"]}, lambda known: known["stream"] == "transactional"),
    ({"sending_streams": ["transactional", "bulk"]}, lambda known: True),
    ({"categories": ["a+b & c"]}, lambda known: known["category"] == "a+b & c"),
    ({"email_service_providers": ["Yahoo"]}, lambda known: known.get("provider") == "Yahoo"),
    (
        {
            "sending_domain_ids": [3938, 3939],
            "sending_streams": ["bulk"],
            "categories": ["Welcome mail", "Receipts (2026)"],
            "email_service_providers": ["Google"],
        },
        lambda known: known["stream"] == "bulk"
        and known["category"] != "a+b & c"
        and known.get("provider") == "Google",
    ),
    ({"categories": ["no such category"]}, lambda known: False),
]


class Redirect(HTTPAdapter):
    """Sends requests to Mailtrap to another server."""

    def __init__(self, base):
        super().__init__()
        self.base = base

    def send(self, request, *args, **kwargs):
        request.url = request.url.replace("https://mailtrap.io", self.base)
        return super().send(request, *args, **kwargs)


def stats_api(base, token):
    api = mailtrap.MailtrapClient(token=token, account_id=str(ACCOUNT)).stats_api
    api._client._session.mount("https://", Redirect(base))
    return api


def rows(events, known, values, of):
    """Returns the rows with a figure above zero, by value."""
    stats = {value: plain.mailtrap([e for e in events if of(e, known[e["message"]]) == value]) for value in values}
    return {value: figures for value, figures in stats.items() if any(figures.values())}


def main(base, path):
    mail = plain.Mail(path)
    api = stats_api(base, "acme-reporting-key")
    ids = {name: number for number, name in DOMAINS.items()}
    dates = [(plain.day(FIRST) + number * plain.DAY).strftime("%Y-%m-%d") for number in range(8)]
    groups = [
        (api.by_domain, "sending_domain_id", DOMAINS, lambda event, known: ids[known["domain"]]),
        (
            api.by_category,
            "category",
            ["Welcome mail", "Receipts (2026)", "a+b & c"],
            lambda event, known: known["category"],
        ),
        (
            api.by_email_service_provider,
            "email_service_provider",
            ["Google", "Yahoo", "Other Providers"],
            lambda event, known: known.get("provider", "Other Providers"),
        ),
        (api.by_date, "date", dates, lambda event, known: event["at"][:10]),
    ]
    for asked, keeps in FILTERS:
        params = StatsFilterParams(start_date=FIRST, end_date=LAST, **asked)
        events = mail.between(plain.day(FIRST), plain.day(LAST) + plain.DAY, lambda event, known: keeps(known))
        found = dataclasses.asdict(api.get(ACCOUNT, params))
        assert found == plain.mailtrap(events), (asked, found)
        for method, name, values, of in groups:
            answer = method(ACCOUNT, params)
            assert all(row.name == name for row in answer)
            found = {row.value: dataclasses.asdict(row.stats) for row in answer}
            assert found == rows(events, mail.known, values, of), (asked, name, found)
    for refused, error, words in [
        (lambda: api.get(ACCOUNT, StatsFilterParams(start_date=FIRST)), APIError, "Missing required parameter: end_date"),
        (lambda: api.get(99999, StatsFilterParams(start_date=FIRST, end_date=LAST)), APIError, "Account access forbidden"),
        (
            lambda: stats_api(base, "no such key").get(ACCOUNT, StatsFilterParams(start_date=FIRST, end_date=LAST)),
            AuthorizationError,
            "Incorrect API token",
        ),
    ]:
        try:
            refused()
        except error as found:
            assert words in str(found), found
        else:
            raise AssertionError(words)
    print(f"mailtrap for Python: five methods, {len(FILTERS)} filters")


if __name__ == "__main__":
    main(*sys.argv[1:])
