import staticFiles from "@fastify/static";
import type { FastifyInstance, FastifyReply } from "fastify";

const missing = "There is no such file in this version: reload the page, which names those that there are.\n";

/**
 * Serves a folder of files whose names change with their content, and their compressed copies, under `prefix`. They are kept by
 * browsers for good. Gives `scope` the method `reply.sendFile`, for other files.
 */
export async function serveFiles(scope: FastifyInstance, prefix: string, folder: string): Promise<void> {
  await scope.register(
    async (files) => {
      files.setNotFoundHandler((_request, reply) => refuse(reply));
      // A path that leads out of the folder, or has another spelling.
      files.setErrorHandler<Error & { readonly statusCode?: number }>((error, _request, reply) => {
        if ((error.statusCode ?? 500) >= 500) throw error;
        return refuse(reply);
      });
      await files.register(staticFiles, {
        root: folder,
        preCompressed: true,
        index: false,
        cacheControl: false,
        decorateReply: false,
        // Built when it is first asked for.
        suppressWarning: true,
        setHeaders: (reply) => void reply.header("cache-control", "public, max-age=31536000, immutable"),
      });
    },
    { prefix },
  );
}

function refuse(reply: FastifyReply): FastifyReply {
  return reply.code(404).header("cache-control", "no-store").type("text/plain; charset=utf-8").send(missing);
}
