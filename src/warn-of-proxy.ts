import type { FastifyInstance } from "fastify";
import type { Services } from "./services.js";

/**
 * Logs once that a request names its client in X-Forwarded-For and nobody believes it: behind a proxy all visitors then share the
 * proxy's address and its limits, and would be refused on a busy day. Once, because anybody can send the header.
 */
export function warnOfProxy(fastify: FastifyInstance, { config, logger }: Pick<Services, "config" | "logger">): void {
  let hasWarned = false;
  fastify.addHook("onRequest", async ({ headers, raw }) => {
    if (hasWarned || headers["x-forwarded-for"] === undefined) return;
    const peer = raw.socket.remoteAddress ?? "";
    if (config.trustProxy?.(peer, 0) === true) return;
    hasWarned = true;
    logger.warn(
      "A request came with X-Forwarded-For from an address that TRUST_PROXY does not name. If that is a proxy of yours, set TRUST_PROXY: until then all visitors behind it share its address, and so its limits. See docs/deploy.md.",
      { peer },
    );
  });
}
