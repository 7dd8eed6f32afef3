import type { IncomingMessage } from "node:http";
import { clientAddress, type TrustProxy } from "../trust-proxy.js";
import type { RateLimitName } from "./limit-table.js";
import { networkOf } from "./network-of.js";
import type { RateLimits } from "./rate-limits.js";

/** What a limit has to know to count a request. */
interface LimitingServices {
  readonly limits: RateLimits;
  readonly config: { readonly trustProxy: TrustProxy | null };
}

/** The network that a request comes from. */
export function networkOfRequest({ config }: Pick<LimitingServices, "config">, request: IncomingMessage): string {
  return networkOf(clientAddress(request, config.trustProxy));
}

/** Counts a request over HTTP for its network: 0 if it is allowed, otherwise in how many seconds it will be. */
export function limitRequest(
  services: LimitingServices,
  request: IncomingMessage,
  limit: RateLimitName,
  points = 1,
): Promise<number> {
  return services.limits.trySpending([{ limit, key: networkOfRequest(services, request), points }]);
}

/** What is answered with status 429. */
export function describeWait(seconds: number): {
  readonly headers: Readonly<Record<string, string>>;
  readonly message: string;
} {
  return {
    headers: { "retry-after": String(seconds) },
    message: `Too many requests: try again in ${seconds} seconds.`,
  };
}
