import {
  type ConcurrencyLimit,
  type CostLimit,
  concurrencyLimits,
  costLimits,
  forwardingLimits,
  type ProgressiveDelay,
  processRateLimits,
  progressiveDelays,
  type RateLimit,
  rateLimits,
  type StorageLimit,
  storageLimits,
} from "./limit-table.js";

/** The text of docs/limits.md. */
export function describeLimits(): string {
  const concurrent: readonly ConcurrencyLimit[] = Object.values(concurrencyLimits);
  const pauses: readonly ProgressiveDelay[] = Object.values(progressiveDelays);
  const costs: readonly CostLimit[] = Object.values(costLimits);
  const stored: readonly StorageLimit[] = Object.values(storageLimits);
  return `# Limits

What a stranger may do. This page is made from \`src/limits/limit-table.ts\` by \`npm run limits\`.

A *network* is an IPv4 address, or the /64 of an IPv6 address. An office or a school is often one network, so its limits are for 200 people;
\`LIMITS_FACTOR\` multiplies them. Behind a proxy or a CDN, set \`TRUST_PROXY\`: without it all visitors share the proxy's address, and so its limits
(see [behind a proxy](deploy.md#behind-a-proxy)).

## In a while

Counted in the database, for all processes together. What is too much is refused with the code \`RATE_LIMITED\` and \`retryAfterSeconds\`;
files and pages, over HTTP, with status 429 and \`Retry-After\`.

${tableOf(Object.values(rateLimits))}

What is too frequent for the database is counted in each process:

${tableOf(Object.values(processRateLimits))}

## With progressive delays

Counted in the database. The first ones need no pause; after the last of these there is a short one, and after each further one a pause of twice the
length. During a pause the code is \`RATE_LIMITED\`, with \`retryAfterSeconds\`, and nothing is counted.

| at first | per | pauses | forgotten after | why |
| --- | --- | --- | --- | --- |
${pauses.map(({ free, what, by, firstSeconds, longestSeconds, forgottenAfterSeconds, reason }) => `| ${free} ${what} | ${by} | ${duration(firstSeconds)} to ${duration(longestSeconds)} | ${duration(forgottenAfterSeconds)} | ${reason} |`).join("\n")}

## Cost in a minute

What operations may [cost](api.md#limits), counted in each process, whose CPU it protects. Each operation counts as 50 more than its
cost. All of it may be spent at once, and comes back within a minute. What is too much is refused with the code \`RATE_LIMITED\`,
\`retryAfterSeconds\`, and over HTTP status 429 with \`Retry-After\`.

| at most | for | per | why |
| --- | --- | --- | --- |
${costs.map(({ costPerMinute, what, by, reason }) => `| ${costPerMinute.toLocaleString("en")} | ${what} | ${by} | ${reason} |`).join("\n")}

## Emails to unproven addresses

What is sent automatically to an address that a visitor has only typed. Counted with the deliveries, in the transaction that plans them. What is
too much waits: its forwarding state is \`ADDRESS_UNPROVEN\`, and it goes out when the address is proven, when there is room again, or when an
agent calls \`forwardNow\` (see [unproven addresses](forwarding.md#unproven-addresses)). A *first* email is a visitor's first one to an address
within a day. Addresses count without regard to case and to what follows a \`+\`.

${tableOf(Object.values(forwardingLimits))}

## At the same time

Counted in each process, whose memory and sockets they protect.

| at most | per | why |
| --- | --- | --- |
${concurrent.map(describeMaximum).join("\n")}

## Kept

| at most | per | why |
| --- | --- | --- |
${stored.map(describeMaximum).join("\n")}
`;
}

function tableOf(rates: readonly RateLimit[]): string {
  const rows = rates.map(
    ({ points, what, by, seconds, reason }) =>
      `| ${points.toLocaleString("en")} ${what} | ${by} | ${duration(seconds)} | ${reason} |`,
  );
  return ["| at most | per | in | why |", "| --- | --- | --- | --- |", ...rows].join("\n");
}

function describeMaximum({ max, what, by, reason }: ConcurrencyLimit | StorageLimit): string {
  return `| ${max.toLocaleString("en")} ${what} | ${by} | ${reason} |`;
}

function duration(seconds: number): string {
  if (seconds % 86_400 === 0) return plural(seconds / 86_400, "day");
  if (seconds % 3_600 === 0) return plural(seconds / 3_600, "hour");
  return seconds % 60 === 0 ? plural(seconds / 60, "minute") : plural(seconds, "second");
}

function plural(count: number, unit: string): string {
  if (count > 1) return `${count} ${unit}s`;
  return unit === "hour" ? "an hour" : `a ${unit}`;
}
