import type { Environment } from "../../settings-error.js";
import { check } from "./check.js";

/** Shorter ones would be found by accident. */
const minLength = 6;

/** Whatever is secret among settings, in the forms in which it gets out: as it is, in a URL, in a header. */
export function secretsIn(environment: Environment, named: readonly string[]): readonly string[] {
  const found = Object.entries(environment).flatMap(([variable, value = ""]) => {
    if (/(TOKEN|SECRET|PASSWORD|KEY)$/i.test(variable)) return [value];
    const password = URL.canParse(value) ? new URL(value).password : "";
    return [password, decode(password)];
  });
  const secrets = [...named, ...found].filter((secret) => secret.length >= minLength);
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
    // Around it, so that whoever reads the report finds the place and not the secret.
    check(at < 0, `A secret of the settings shows after ${JSON.stringify(text.slice(Math.max(0, at - 60), at))}.`);
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
