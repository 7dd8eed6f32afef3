import {
  type ConcurrencyLimit,
  concurrencyLimits,
  forwardingLimits,
  type RateLimit,
  rateLimits,
} from "./limit-table.js";

/** The text of docs/limits.md. */
export function describeLimits(): string {
  const rates: readonly RateLimit[] = Object.values(rateLimits);
  const forwarding: readonly RateLimit[] = Object.values(forwardingLimits);
  const concurrent: readonly ConcurrencyLimit[] = Object.values(concurrencyLimits);
  return `# Limits

What a stranger may do. This page is made from \`src/limits/limit-table.ts\` by \`npm run limits\`.

A *network* is an IPv4 address, or the /64 of an IPv6 address. An office or a school is often one network, so its limits are for 200 people;
\`LIMITS_FACTOR\` multiplies them. Behind a proxy or a CDN, set \`TRUST_PROXY\`: without it all visitors share the proxy's address, and so its limits
(see [behind a proxy](deploy.md#behind-a-proxy)).

## In a while

Counted in the database, for all processes together. What is too much is refused with the code \`RATE_LIMITED\` and \`retryAfterSeconds\`.

| at most | per | in | why |
| --- | --- | --- | --- |
${rateRows(rates)}

## Emails to unproven addresses

What is sent automatically to an address that a visitor has only typed. Counted with the deliveries, in the transaction that plans them. What is
too much waits: its forwarding state is \`ADDRESS_UNPROVEN\`, and it goes out when the address is proven, when there is room again, or when an
agent calls \`forwardNow\` (see [unproven addresses](forwarding.md#unproven-addresses)). A *first* email is a visitor's first one to an address
within a day. Addresses count without regard to case and to what follows a \`+\`.

| at most | per | in | why |
| --- | --- | --- | --- |
${rateRows(forwarding)}

## At the same time

Counted in each process, whose memory and sockets they protect.

| at most | per | why |
| --- | --- | --- |
${concurrent.map(({ max, what, by, reason }) => `| ${max.toLocaleString("en")} ${what} | ${by} | ${reason} |`).join("\n")}
`;
}

function rateRows(limits: readonly RateLimit[]): string {
  return limits
    .map(
      ({ points, what, by, seconds, reason }) =>
        `| ${points.toLocaleString("en")} ${what} | ${by} | ${duration(seconds)} | ${reason} |`,
    )
    .join("\n");
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
