// Counts mail in the simplest way: every event once, one loop for each number.

import { readFileSync } from "node:fs";

const DAY = 86_400_000;

/** The events of one account, in order, each with what is known of its message. */
export function read(path, account = "acme") {
  const lines = readFileSync(path, "utf8").trim().split("\n").map((line) => JSON.parse(line));
  const mine = lines.filter((line) => line.account === account);
  const once = new Map(mine.map((line) => [`${line.message} ${line.id}`, line]));
  const events = [...once.values()].sort((a, b) => (a.at + a.id < b.at + b.id ? -1 : 1));
  const known = new Map(events.filter((event) => event.domain).map((event) => [event.message, event]));
  const seen = new Set();
  const isFirst = (key) => !seen.has(key) && seen.add(key);
  for (const event of events) {
    event.time = Date.parse(event.at);
    event.known = known.get(event.message);
    event.firstOfDay = Boolean(isFirst(`${event.message} ${event.kind} ${event.at.slice(0, 10)}`));
    event.firstOfCounter = Boolean(isFirst(`${event.message} ${event.kind} ${event.qualifier ?? "-"}`));
  }
  return events;
}

/** The events from the first day to the last, both in, that are kept. */
export function between(events, first, last, keeps = () => true) {
  const [start, end] = [Date.parse(first), Date.parse(last) + DAY];
  return events.filter((event) => event.time >= start && event.time < end && keeps(event));
}

/** The days from the first to the last, both in. */
export function days(first, last) {
  const count = (Date.parse(last) - Date.parse(first)) / DAY + 1;
  return Array.from({ length: count }, (_, day) => new Date(Date.parse(first) + day * DAY).toISOString().slice(0, 10));
}

/** The ten figures of Mailtrap, rates in two places. */
export function mailtrap(events) {
  const total = (kind) => events.filter((event) => event.kind === kind).length;
  const messages = (kind) => events.filter((event) => event.kind === kind && event.firstOfDay).length;
  const [delivered, bounced] = [total("delivered"), total("hard_bounced")];
  const counts = [
    ["delivery", delivered, delivered + bounced],
    ["bounce", bounced, delivered + bounced],
    ["open", messages("opened"), delivered],
    ["click", messages("clicked"), delivered],
    ["spam", total("complained"), delivered],
  ];
  // Rounded half up.
  const rate = (count, whole) => (whole ? Math.floor((200 * count + whole) / (2 * whole)) / 100 : 0);
  const figures = counts.map(([name, count, whole]) => [
    [`${name}_count`, count],
    [`${name}_rate`, rate(count, whole)],
  ]);
  return Object.fromEntries(figures.flat());
}

/** The blocks of one row of Mailgun's statistics, those of the asked events. */
export function mailgun(events, asked) {
  const count = (keeps) => events.filter(keeps).length;
  const of = (kind, qualifier) =>
    count((event) => event.kind === kind && (qualifier === undefined || event.qualifier === qualifier));
  const isBounce = (event) =>
    event.kind === "hard_bounced" && (event.qualifier === undefined || event.qualifier === "immediate");
  const isPermanent = (event) =>
    ["hard_bounced", "failed"].includes(event.kind) && event.qualifier !== "rejected";
  const engaged = (kind) => {
    const unique = count((event) => event.kind === kind && event.firstOfCounter);
    return { total: of(kind), ...(unique > 0 && { unique }) };
  };
  const blocks = {
    accepted: () => ({
      incoming: of("accepted", "incoming"),
      outgoing: of("accepted", "outgoing"),
      total: of("accepted"),
    }),
    delivered: () => ({
      smtp: of("delivered", "smtp"),
      http: of("delivered", "http"),
      optimized: count((event) => event.kind === "delivered" && event.optimized),
      total: of("delivered"),
    }),
    failed: () => ({
      temporary: {
        espblock: of("deferred", "provider_block"),
        total: count((event) => ["deferred", "soft_bounced"].includes(event.kind)),
      },
      permanent: {
        "suppress-bounce": of("failed", "suppressed_bounce"),
        "suppress-unsubscribe": of("failed", "suppressed_unsubscribe"),
        "suppress-complaint": of("failed", "suppressed_complaint"),
        bounce: count(isBounce),
        "delayed-bounce": of("hard_bounced", "delayed"),
        webhook: of("hard_bounced", "callback"),
        optimized: count((event) => isBounce(event) && event.optimized),
        total: count(isPermanent),
      },
    }),
    opened: () => engaged("opened"),
    clicked: () => engaged("clicked"),
    unsubscribed: () => ({ total: of("unsubscribed") }),
    complained: () => ({ total: of("complained") }),
    stored: () => ({ total: of("stored") }),
  };
  return Object.fromEntries(asked.map((name) => [name, blocks[name]()]));
}

/** The figures of a kind of event by a value of its own, such as its country. */
export function engagement(events, value) {
  const of = (kind, unique) =>
    events.filter((event) => event.kind === kind && (!unique || event.firstOfCounter) && event.known && value(event))
      .length;
  return {
    clicked: of("clicked"),
    complained: of("complained"),
    opened: of("opened"),
    unique_clicked: of("clicked", true),
    unique_opened: of("opened", true),
    unsubscribed: of("unsubscribed"),
  };
}
