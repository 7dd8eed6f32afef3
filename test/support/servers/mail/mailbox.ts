import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type ParsedMail, simpleParser } from "mailparser";
import { untilFile } from "./log-file.js";
import { programPath } from "./requirements.js";

const run = promisify(execFile);
const maxMailBytes = 50_000_000;

/** A mail as its owner fetches it. */
export interface FetchedMail {
  /** Bytes as latin1, so that nothing is decoded. */
  readonly raw: string;
  readonly parsed: ParsedMail;
}

/** Somebody's mailbox, read by IMAP as their mail program does it. */
export class Mailbox {
  readonly #fetched = new Map<string, FetchedMail>();

  constructor(
    readonly address: string,
    readonly password: string,
    /** Where its mail lies as Maildir, for mail programs that open it there. */
    readonly maildir: string,
    private readonly imapPort: number,
  ) {}

  /** `imap://user:password@host:port`, as EMAIL_IMAP_URL would have it. */
  get imapUrl(): string {
    return `imap://${encodeURIComponent(this.address)}:${encodeURIComponent(this.password)}@127.0.0.1:${this.imapPort}`;
  }

  /** Its mails, oldest first, once there are so many; fails when they do not come in time. */
  async mails(count = 1, timeoutMs = 15_000): Promise<FetchedMail[]> {
    const ids = await untilFile(join(this.maildir, "new"), timeoutMs, async () => {
      const found = await this.#search();
      if (found.length >= count) return found;
      return new Error(`${this.address} has ${found.length} mails, not ${count}`);
    });
    return this.#fetch(ids);
  }

  /** The first mail that is as `wanted`, once it has come. */
  async until(wanted: (mail: FetchedMail) => boolean, timeoutMs = 15_000): Promise<FetchedMail> {
    return untilFile(join(this.maildir, "new"), timeoutMs, async () => {
      const mails = await this.#fetch(await this.#search());
      return mails.find(wanted) ?? new Error(`None of ${mails.length} mails of ${this.address} is the wanted one`);
    });
  }

  /** The one mail that there must be. */
  async mail(): Promise<FetchedMail> {
    const [only, ...others] = await this.mails();
    if (only === undefined || others.length > 0) throw new Error(`One mail was expected, not ${others.length + 1}`);
    return only;
  }

  async isEmpty(): Promise<boolean> {
    return (await this.#search()).length === 0;
  }

  /**
   * How the server threads the mailbox: `(1 2)(3)` are two conversations. `REFERENCES` (RFC 5256) also puts those of one
   * subject side by side, `((1 2)(3))`; `REFS`, Dovecot's own, goes by References and In-Reply-To alone.
   */
  async threads(algorithm: "REFERENCES" | "REFS" = "REFERENCES"): Promise<string> {
    return (await this.#command(`THREAD ${algorithm} UTF-8 ALL`)).replace(/^\* THREAD ?/, "").trim();
  }

  async #fetch(ids: readonly string[]): Promise<FetchedMail[]> {
    const mails: FetchedMail[] = [];
    for (const id of ids) mails.push(this.#fetched.get(id) ?? (await this.#fetchOne(id)));
    return mails;
  }

  async #fetchOne(id: string): Promise<FetchedMail> {
    const raw = await this.#ask(`INBOX;UID=${id}`);
    const mail = { raw, parsed: await simpleParser(Buffer.from(raw, "latin1")) };
    this.#fetched.set(id, mail);
    return mail;
  }

  async #search(): Promise<string[]> {
    return (await this.#command("UID SEARCH ALL")).match(/\d+/g) ?? [];
  }

  async #command(command: string): Promise<string> {
    return this.#ask("INBOX", "--request", command);
  }

  async #ask(path: string, ...parameters: string[]): Promise<string> {
    const url = `${this.imapUrl}/${path}`;
    const { stdout } = await run(programPath("curl"), ["--silent", "--show-error", ...parameters, url], {
      encoding: "latin1",
      maxBuffer: maxMailBytes,
    });
    return stdout;
  }
}

/** Makes the Maildir, so that what comes in can be watched before Dovecot has seen it. */
export async function makeMaildir(maildir: string): Promise<void> {
  for (const part of ["cur", "new", "tmp"]) await mkdir(join(maildir, part), { recursive: true });
}
