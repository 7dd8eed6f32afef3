import { hash, verify } from "@node-rs/argon2";
import { badUserInput } from "../errors.js";

const minLength = 8;
const maxLength = 200;

/**
 * Of a random password that was never written down. An unknown email address is checked against it, to cost the same time
 * as a wrong password. A first admin whose password is not set yet has it: stored, so never changed.
 */
export const unknownPasswordHash =
  "$argon2id$v=19$m=19456,t=2,p=1$ecv6FBso5tTEmp3kzlQ87A$jWRzJnOmAR9RrwvqIJnkweipkFFoNsW5DLLs8UZR4WQ";

/** @throws BAD_USER_INPUT for `field` if the password has fewer than 8 or more than 200 characters */
export function checkPassword(field: string, password: string): void {
  if (password.length < minLength || password.length > maxLength) {
    throw badUserInput(field, `A password must have ${minLength} to ${maxLength} characters.`);
  }
}

/** Argon2id with the library's defaults (19 MiB, 2 passes), which follow OWASP's password storage cheat sheet. */
export async function hashPassword(password: string): Promise<string> {
  return hash(password);
}

/** `passwordHash` is null if the account does not exist; that takes as long as verifying a wrong password. */
export async function verifyPassword(passwordHash: string | null, password: string): Promise<boolean> {
  const matches = await verify(passwordHash ?? unknownPasswordHash, password);
  return matches && passwordHash !== null;
}
