import {
  type ConcurrencyLimit,
  concurrencyLimits,
  type RateLimit,
  rateLimits,
  type StorageLimit,
  storageLimits,
} from "./limit-table.js";

/** The text of docs/limits.md. */
export function describeLimits(): string {
  const rates: readonly RateLimit[] = Object.values(rateLimits);
  const concurrent: readonly ConcurrencyLimit[] = Object.values(concurrencyLimits);
  const stored: readonly StorageLimit[] = Object.values(storageLimits);
  return `# Limits

What a stranger may do. This page is made from \`src/limits/limit-table.ts\` by \`npm run limits\`.

A *network* is an IPv4 address, or the /64 of an IPv6 address. An office or a school is often one network, so its limits are for 200 people;
\`LIMITS_FACTOR\` multiplies them. Behind a proxy or a CDN, set \`TRUST_PROXY\`: without it all visitors share the proxy's address, and so its limits
(see [behind a proxy](deploy.md#behind-a-proxy)).

## In a while

Counted in the database, for all processes together. What is too much is refused with the code \`RATE_LIMITED\` and \`retryAfterSeconds\`.

| at most | per | in | why |
| --- | --- | --- | --- |
${rates.map(({ points, what, by, seconds, reason }) => `| ${points.toLocaleString("en")} ${what} | ${by} | ${duration(seconds)} | ${reason} |`).join("\n")}

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

function describeMaximum({ max, what, by, reason }: ConcurrencyLimit | StorageLimit): string {
  return `| ${max.toLocaleString("en")} ${what} | ${by} | ${reason} |`;
}

function duration(seconds: number): string {
  if (seconds % 86_400 === 0) return plural(seconds / 86_400, "day");
  if (seconds % 3_600 === 0) return plural(seconds / 3_600, "hour");
  return seconds % 60 === 0 ? plural(seconds / 60, "minute") : plural(seconds, "second");
}

function plural(count: number, unit: string): string {
  return count === 1 ? `a ${unit}` : `${count} ${unit}s`;
}
