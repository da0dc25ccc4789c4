// Mailtrap's client for Node, all five methods with every filter: node mailtrap.mjs BASE EVENTS

import assert from "node:assert/strict";
import { MailtrapClient } from "mailtrap";
import { between, days, mailtrap, read } from "./plain.mjs";

const [base, path] = process.argv.slice(2);
const [start_date, end_date] = ["2026-01-07", "2026-01-14"];
const DOMAINS = { 3938: "mail.acme.example", 3939: "news.acme.example" };
const provider = (known) => known.provider ?? "Other Providers";

const client = new MailtrapClient({ token: "acme-reporting-key", accountId: 12345 });
client.axios.interceptors.request.use((request) => {
  request.url = request.url.replace("https://mailtrap.io", base);
  return request;
});

const filters = [
  [{}, () => true],
  [{ sending_domain_ids: [3939] }, ({ domain }) => domain === DOMAINS[3939]],
  [{ sending_domain_ids: [3938, 3939] }, () => true],
  [{ sending_streams: ["bulk"] }, ({ stream }) => stream === "bulk"],
  [{ categories: ["Receipts (2026)", "a+b & c"] }, ({ category }) => category !== "Welcome mail"],
  [{ email_service_providers: ["Google"] }, ({ provider }) => provider === "Google"],
  [
    {
      sending_domain_ids: [3938],
      sending_streams: ["transactional", "bulk"],
      categories: ["Welcome mail"],
      email_service_providers: ["Google", "Yahoo"],
    },
    (known) => known.domain === DOMAINS[3938] && known.category === "Welcome mail" && Boolean(known.provider),
  ],
  [{ categories: ["no such category"] }, () => false],
];

const all = read(path);
for (const [filter, keeps] of filters) {
  const asked = { start_date, end_date, ...filter };
  const events = between(all, start_date, end_date, ({ known }) => keeps(known));
  assert.deepEqual(await client.stats.get(asked), mailtrap(events));
  const groups = [
    ["byDomain", "sending_domain_id", Object.keys(DOMAINS).map(Number), (event, id) => event.known.domain === DOMAINS[id]],
    ["byCategory", "category", ["Welcome mail", "Receipts (2026)", "a+b & c"], (event, name) => event.known.category === name],
    ["byEmailServiceProvider", "email_service_provider", ["Google", "Yahoo", "Other Providers"], (event, name) => provider(event.known) === name],
    ["byDate", "date", days(start_date, end_date), (event, date) => event.at.startsWith(date)],
  ];
  for (const [method, name, values, isOf] of groups) {
    const rows = values.map((value) => ({ name, value, stats: mailtrap(events.filter((event) => isOf(event, value))) }));
    const expected = rows.filter(({ stats }) => Object.values(stats).some((figure) => figure > 0));
    const byValue = (a, b) => (a.value < b.value ? -1 : 1);
    const found = await client.stats[method](asked);
    assert.deepEqual([...found].sort(byValue), expected.sort(byValue), `${method} ${JSON.stringify(filter)}`);
  }
}

await assert.rejects(client.stats.get({ end_date }), /Missing required parameter: start_date/);
const stranger = new MailtrapClient({ token: "globex-reporting-key", accountId: 12345 });
stranger.axios.interceptors.request.use((request) => {
  request.url = request.url.replace("https://mailtrap.io", base);
  return request;
});
await assert.rejects(stranger.stats.get({ start_date, end_date }), /Account access forbidden/);
console.log("mailtrap for Node: five methods, %d filters", filters.length);
