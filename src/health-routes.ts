import type { FastifyInstance } from "fastify";
import { describeError } from "./logger.js";
import type { Services } from "./services.js";

/** `/health`: liveness. `/ready`: 200 when the process can work, 503 with what is missing otherwise. */
export function registerHealthRoutes(fastify: FastifyInstance, services: Services, jobsReady: () => boolean): void {
  fastify.get("/health", async () => ({ status: "ok" }));

  fastify.get("/ready", async (_request, reply) => {
    const database = await isDatabaseReady(services);
    const jobs = jobsReady();
    return reply.status(database && jobs ? 200 : 503).send({ database, jobs });
  });
}

async function isDatabaseReady(services: Services): Promise<boolean> {
  try {
    await services.database.ping();
    return true;
  } catch (error) {
    services.logger.warn("the database does not respond", { cause: describeError(error) });
    return false;
  }
}
