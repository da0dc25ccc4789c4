// Mailgun's client for Node: node mailgun.mjs BASE EVENTS

import assert from "node:assert/strict";
import Mailgun from "mailgun.js";
import { between, days, engagement, mailgun, read } from "./plain.mjs";

const [base, path] = process.argv.slice(2);
const EVENTS = ["accepted", "delivered", "failed", "opened", "clicked", "unsubscribed", "complained", "stored"];
const DOMAIN = "mail.acme.example";
const [first, last] = ["2026-01-07", "2026-01-14"];
const [start, end] = ["Wed, 07 Jan 2026 00:00:00 +0000", new Date("2026-01-14T17:30:00Z")];

const all = read(path);
const client = new Mailgun(FormData).client({ username: "api", key: "acme-reporting-key", url: base });
// The client prints a warning for every date.
console.warn = () => {};

/** The rows that a plain count gives, a row for each day from the first to the last. */
function rows(asked, keeps, from = first, to = last) {
  return days(from, to).map((day) => ({
    time: new Date(day),
    ...mailgun(between(all, day, day, (event) => keeps(event.known)), asked),
  }));
}

function assertStats(found, asked, keeps, resolution = "day") {
  assert.deepEqual(found.stats, rows(asked, keeps));
  assert.deepEqual([found.start, found.end, found.resolution], [new Date(first), new Date(last), resolution]);
}

// Statistics of a domain and of the account, each event alone and all together.
for (const asked of [EVENTS, ...EVENTS.map((event) => [event])]) {
  const query = { event: asked, start, end };
  assertStats(await client.stats.getDomain(DOMAIN, query), asked, ({ domain }) => domain === DOMAIN);
  assertStats(await client.stats.getAccount(query), asked, () => true);
}
const week = await client.stats.getDomain(DOMAIN, { event: ["delivered"], end, start, duration: "8d", resolution: "month" });
assertStats(week, ["delivered"], ({ domain }) => domain === DOMAIN);
const month = await client.stats.getAccount({ event: ["clicked"], end, duration: "1m" });
assert.deepEqual(month.stats, [{ time: new Date("2026-01-01"), ...mailgun(between(all, "2026-01-01", "2026-01-31"), ["clicked"]) }]);
const hours = await client.stats.getAccount({ event: ["opened"], end, duration: "24h" });
assert.equal(hours.stats.length, 24);
assert.equal(hours.resolution, "hour");
const usual = await client.stats.getDomain(DOMAIN, { event: "accepted" });
assert.deepEqual(usual.stats, rows(["accepted"], ({ domain }) => domain === DOMAIN, "2026-01-10", "2026-01-17"));

// Statistics of a tag.
const tags = client.domains.domainTags;
for (const tag of ["eu", "BIG spender"]) {
  const isOf = (known) => known.domain === DOMAIN && known.tags.includes(tag.toLowerCase());
  const found = await tags.statistic(DOMAIN, tag, { event: "delivered", start: Date.parse(first) / 1000, end: Date.parse(last) / 1000 });
  assert.deepEqual(found.stats, rows(["delivered"], isOf));
  assert.equal(found.tag, tag);
  const mail = all.filter((event) => isOf(event.known));
  const { country, ...ofCountries } = await tags.countries(DOMAIN, tag);
  const { device, ...ofDevices } = await tags.devices(DOMAIN, tag);
  const { provider, ...ofProviders } = await tags.providers(DOMAIN, tag);
  for (const [name, groups, values, own] of [
    ["country", country, ["de", "us", "fr"], (event) => event.country?.toLowerCase()],
    ["device", device, ["desktop", "mobile", "tablet"], (event) => event.device],
  ]) {
    for (const value of values) {
      assert.deepEqual(groups[value], engagement(mail.filter((event) => own(event) === value), () => true), `${name} ${value}`);
    }
  }
  for (const name of ["gmail.com", "yahoo.com"]) {
    const of = mail.filter((event) => event.known.recipient_domain === name);
    const delivered = of.filter(({ kind }) => kind === "delivered").length;
    const accepted = of.filter(({ kind }) => kind === "accepted").length;
    assert.deepEqual(provider[name], { ...engagement(of, () => true), accepted, delivered }, name);
  }
  assert.deepEqual([ofCountries, ofDevices, ofProviders].map((body) => body.tag), [tag, tag, tag]);
}

// Metrics: by day, by domain, filtered, in pages.
const METRICS = ["accepted_count", "delivered_count", "clicked_count", "opened_rate"];
const figures = (events) => {
  const { accepted, delivered, clicked, opened } = mailgun(events, EVENTS);
  const units = delivered.total ? Math.floor((20_000 * opened.total + delivered.total) / (2 * delivered.total)) : 0;
  const opened_rate = `${Math.floor(units / 10_000)}.${String(units % 10_000).padStart(4, "0")}`;
  return { accepted_count: accepted.total, delivered_count: delivered.total, opened_rate, clicked_count: clicked.total };
};
const ask = (query) =>
  client.metrics.getAccount({ start, end, resolution: "day", metrics: METRICS, include_aggregates: true, ...query });
const byDay = await ask({ dimensions: ["time"] });
const dayRows = days(first, last).map((day) => [new Date(day).toUTCString().replace("GMT", "+0000"), figures(between(all, day, day))]);
assert.deepEqual(byDay.items.map(({ dimensions: [time], metrics }) => [time.value, metrics]), dayRows);
assert.deepEqual(byDay.aggregates.metrics, figures(between(all, first, last)));
assert.deepEqual([byDay.start, byDay.end, byDay.status], [new Date(first), new Date(last), 200]);
const byDomain = await ask({ dimensions: ["domain"], pagination: { sort: "domain:desc", skip: 0, limit: 1 } });
assert.equal(byDomain.pagination.total, 2);
assert.deepEqual(byDomain.items.map(({ metrics }) => metrics), [figures(between(all, first, last, ({ known }) => known.domain === "news.acme.example"))]);
const filter = { AND: [{ attribute: "recipient_domain", comparator: "contains", values: [{ label: "any", value: "mail" }] }] };
const filtered = await ask({ dimensions: ["recipient_domain"], filter });
assert.deepEqual(filtered.items.map(({ dimensions: [of], metrics }) => [of.value, metrics]), [
  ["gmail.com", figures(between(all, first, last, ({ known }) => known.recipient_domain === "gmail.com"))],
]);
assert.equal((await client.metrics.getAccount()).status, 200);
assert.equal((await client.metrics.getAccountUsage({ start, end, metrics: ["processed_count"] })).status, 200);

// Refusals.
await assert.rejects(client.stats.getDomain(DOMAIN), ({ status, details }) => status === 400 && /Missing mandatory parameter: event/.test(details));
await assert.rejects(client.stats.getDomain("globex.example", { event: ["stored"] }), ({ status }) => status === 404);
const stranger = new Mailgun(FormData).client({ username: "api", key: "no such key", url: base });
await assert.rejects(stranger.stats.getAccount({ event: ["stored"] }), ({ status, details }) => status === 401 && details === "Forbidden");
console.log("mailgun.js: stats of domain and account, tags, metrics");
