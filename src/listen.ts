import { createServer } from "node:net";

/** An error of `listen` as a sentence that says what to do; other errors are returned as they are. */
export function explainListenError(
  error: unknown,
  { host, port }: { readonly host: string; readonly port: number },
): unknown {
  const code = error instanceof Error && "code" in error ? error.code : null;
  if (code === "EADDRINUSE") {
    return new Error(`Port ${port} on ${host} is taken: set PORT to another one, or end the program that has it.`);
  }
  if (code === "EADDRNOTAVAIL" || code === "EACCES") {
    return new Error(`Cannot listen on ${host}:${port} (${String(code)}): change HOST or PORT.`);
  }
  return error;
}

/** A free port, for PORT=0: links must contain it before the server listens. */
export async function freePort(host: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((done, failed) => server.once("error", failed).listen(0, host, done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === "string") throw new Error("The system assigned no free port.");
  return address.port;
}

/** A host name as it is written in a URL. */
export function urlHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}
