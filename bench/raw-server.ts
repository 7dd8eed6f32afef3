import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import pg from "pg";

/** Connections to the database, as many as the program takes by default. */
const poolSize = 10;

/**
 * The minimal server: node:http, the driver, and one function from the request's body to the response's.
 * Listens on PORT, reads DATABASE_URL.
 */
export function serveRaw(answer: (pool: pg.Pool, body: string) => Promise<unknown>): void {
  const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: poolSize });
  const server = createServer(async (request, response) => {
    response.setHeader("content-type", "application/json");
    try {
      const answered = JSON.stringify({ data: await answer(pool, await text(request)) });
      response.setHeader("content-length", Buffer.byteLength(answered));
      response.end(answered);
    } catch (error) {
      response.statusCode = 500;
      response.end(JSON.stringify({ errors: [{ message: String(error) }] }));
    }
  });
  server.listen(Number(process.env.PORT), "127.0.0.1", () => process.stdout.write("listening\n"));
  process.on("SIGTERM", () => process.exit(0));
}
