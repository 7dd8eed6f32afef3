import { randomBytes } from "node:crypto";
import type { GraphErrorName } from "./graph-errors.js";

export type AccountKind = "page" | "instagram";
export type Login = "facebook" | "instagram";

interface Token {
  readonly kind: AccountKind;
  readonly login: Login;
  state: "valid" | "expired" | "revoked";
  readonly issuedAt: Date;
  readonly endsAt: Date | null;
}

const dayMs = 86_400_000;
const instagramLifeMs = 60 * dayMs;

/** The tokens that Meta has given out. A Page's lasts, one of Instagram Login ends after 60 days. */
export class TokenBook {
  readonly #tokens = new Map<string, Token>();

  constructor(private readonly now: () => Date) {}

  add(kind: AccountKind, login: Login): string {
    const token = `EAAsecret${randomBytes(16).toString("hex")}`;
    const issuedAt = this.now();
    const endsAt = login === "instagram" ? new Date(issuedAt.getTime() + instagramLifeMs) : null;
    this.#tokens.set(token, { kind, login, state: "valid", issuedAt, endsAt });
    return token;
  }

  set(token: string, state: Token["state"]): void {
    const known = this.#tokens.get(token);
    if (known === undefined) throw new Error("There is no such token");
    known.state = state;
  }

  /** The token, or why it is refused. */
  find(token: string): Token | GraphErrorName {
    const known = this.#tokens.get(token);
    if (known === undefined) return "token-unknown";
    if (known.state === "revoked") return "token-revoked";
    const ended = known.endsAt !== null && known.endsAt <= this.now();
    return known.state === "expired" || ended ? "token-expired" : known;
  }

  /** What a valid token is exchanged for, or why it is not. */
  refresh(token: Token, grantType: string | null): object | GraphErrorName {
    if (token.login !== "instagram" || grantType !== "ig_refresh_token") return "no-such-path";
    if (this.now().getTime() - token.issuedAt.getTime() < dayMs) return "token-too-young";
    const fresh = this.add(token.kind, "instagram");
    return { access_token: fresh, token_type: "bearer", expires_in: instagramLifeMs / 1000 };
  }
}
