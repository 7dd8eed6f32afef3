import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { ServerProcess, ServerSetup } from "./server-process.js";

const adminPassword = "bench-password";
const signedIn = z.object({ data: z.object({ signIn: z.object({ token: z.string() }) }) });

/**
 * The program as in production, on an existing database, with only the channel that the seeded due times were computed for:
 * with others, all due times would be recomputed during the measurement. Nothing is due, so nothing is sent.
 */
export function programServer(databaseUrl: string): ServerSetup {
  return {
    script: join(import.meta.dirname, "..", "src", "main.js"),
    environment: {
      DATABASE_URL: databaseUrl,
      DATA_DIR: join(tmpdir(), "afterchat-bench-data"),
      APP_SECRET: "a secret of the measurement and of nothing else",
      ADMIN_PASSWORD: adminPassword,
      NODE_ENV: "production",
      CHANNELS: "email",
      EMAIL_SMTP_URL: "smtp://127.0.0.1:9",
    },
    path: "/graphql",
  };
}

/** Signs in. The token is sent with every request, and every request is checked. */
export async function signIn(server: ServerProcess): Promise<Record<string, string>> {
  const answer = await ask(
    server,
    {},
    JSON.stringify({ query: signInMutation, variables: { password: adminPassword } }),
  );
  return { authorization: `Bearer ${signedIn.parse(answer).data.signIn.token}` };
}

const signInMutation = `mutation ($password: String!) {
  signIn(input: { email: "admin@example.com", password: $password }) { token }
}`;

/** Sends one request like those of the load, and parses the response. */
export async function ask(
  server: ServerProcess,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<unknown> {
  const response = await fetch(server.url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });
  return response.json();
}
