import { readFile } from "node:fs/promises";
import type { FastifyInstance, FastifyReply } from "fastify";
import { describeError } from "../logger.js";
import type { Services } from "../services.js";
import { buildExplorer, isExplorerBuilt, isExplorerBuiltHere } from "./build-explorer.js";
import { explorerFolder } from "./page-files.js";
import { explorerPolicy, pageHeaders } from "./page-policy.js";
import { serveFiles } from "./serve-files.js";

/** Sends the API explorer's page. Never rejects. */
export type ShowExplorer = (reply: FastifyReply) => Promise<void>;

/**
 * Serves the files of the API explorer, GraphiQL, if GRAPHQL_EXPLORER allows it. Its page has the address of the API, where
 * `createGraphqlServer` shows it to browsers. The npm package and the Docker image contain it; in a checkout it is built when it is
 * first opened, because that takes longer than all other pages together.
 * @returns null if there is none
 */
export function registerExplorer(fastify: FastifyInstance, { config, logger }: Services): ShowExplorer | null {
  if (!config.introspection) return null;
  void fastify.register(async (scope) => {
    scope.addHook("onRequest", (_request, reply, done) => {
      reply.headers(pageHeaders);
      done();
    });
    await serveFiles(scope, "/explorer/assets", `${explorerFolder}assets`);
  });

  const closing = new AbortController();
  fastify.addHook("preClose", async () => closing.abort());
  const isBuiltHere = !config.production && isExplorerBuiltHere();
  let building: Promise<void> | null = null;
  const build = async (): Promise<void> => {
    if (!isExplorerBuilt()) logger.info("building the API explorer, which takes some seconds once");
    building ??= buildExplorer(closing.signal);
    await building.catch((error: unknown) => {
      // The next one who opens it tries again.
      building = null;
      throw error;
    });
  };

  const headers = {
    ...pageHeaders,
    "content-security-policy": explorerPolicy(config.publicUrl),
    "cache-control": "no-cache",
  };
  return async (reply) => {
    try {
      if (isBuiltHere) await build();
      const page = await readFile(`${explorerFolder}index.html`, "utf8");
      reply.headers(headers).type("text/html; charset=utf-8").send(page);
    } catch (error) {
      logger.error("the API explorer cannot be shown", { cause: describeError(error) });
      reply.code(503).type("text/plain; charset=utf-8").send(notBuilt);
    }
  };
}

const notBuilt = "The API explorer is not built: see the log, run `npm run build`, and open this page again.\n";
