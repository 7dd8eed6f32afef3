import type { Environment } from "../../settings-error.js";
import { check } from "./check.js";

/** Shorter ones would match by accident. */
const minSecretLength = 6;

/** Every secret among the settings, in the forms in which it may leak: as it is, URL-encoded and in Base64. */
export function findSecrets(environment: Environment, declared: readonly string[]): readonly string[] {
  const found = Object.entries(environment).flatMap(([variable, value = ""]) => {
    if (/(TOKEN|SECRET|PASSWORD|KEY)$/i.test(variable)) return [value];
    const password = URL.canParse(value) ? new URL(value).password : "";
    return [password, decode(password)];
  });
  const secrets = [...declared, ...found].filter((secret) => secret.length >= minSecretLength);
  return [
    ...new Set(
      secrets.flatMap((secret) => [secret, encodeURIComponent(secret), Buffer.from(secret).toString("base64")]),
    ),
  ];
}

export function expectNoSecret(shown: unknown, secrets: readonly string[]): void {
  const text = JSON.stringify(shown, (_key, value) => (value instanceof Error ? describe(value) : value)) ?? "";
  for (const secret of secrets) {
    const at = text.indexOf(JSON.stringify(secret).slice(1, -1));
    // The report shows the text before it, so that the place can be found, but never the secret.
    check(at < 0, `A secret from the settings appears after ${JSON.stringify(text.slice(Math.max(0, at - 60), at))}.`);
  }
}

function describe(error: Error): string {
  const fields = JSON.stringify({ ...error });
  return `${error.stack} ${fields} ${error.cause instanceof Error ? describe(error.cause) : ""}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
