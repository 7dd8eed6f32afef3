import { randomBytes } from "node:crypto";
import { base32nopad } from "@scure/base";

/** A new delivery's reference: 80 random bits as 16 characters of lower-case base32, the same for all its attempts. */
export function createReference(): string {
  return base32nopad.encode(randomBytes(10)).toLowerCase();
}
