import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { ChannelHost } from "afterchat/channel";
import type { ImapFlow, SearchObject } from "imapflow";
import { z } from "zod";
import type { ImapServer } from "../inbound-settings.js";
import { MailHeaders } from "../mail-headers.js";
import { keepMail } from "../store-mail.js";
import { keepTooLarge, maxHeaderBytes } from "../too-large.js";
import { explainImapFault, imapClient, isRefusedLogin } from "./imap-client.js";
import type { InboundSource } from "./inbound-source.js";

/** Where servers write for whom a mail was; what stands in To was written by its sender. */
const recipientFields = ["delivered-to", "x-original-to"] as const;
/** Some servers promise IDLE and say nothing. */
const lookAgainMs = 60_000;
const pausesMs = [1_000, 2_000, 5_000, 15_000, 60_000];
/** Some servers lock an account that is tried too often. */
const refusedLoginPauseMs = 300_000;
const firstTryMs = 10_000;
/** Mails of a mailbox that is seen for the first time: as old as the links in our emails are good for. */
const lookBackMs = 30 * 24 * 3_600_000;
const sizesAtOnce = 200;

/** How far a mailbox has been read. UIDs mean something only under their UIDVALIDITY (RFC 3501, 2.3.1.1). */
const cursor = z.object({ uidValidity: z.string(), uid: z.number() });

export interface MailboxOptions {
  readonly host: Pick<ChannelHost, "keep" | "store" | "logger" | "now" | "verify" | "findConversation">;
  readonly server: ImapServer;
  readonly maxSizeBytes: number;
}

/**
 * Reads what arrives in an IMAP mailbox, without changing anything in it: people may read it beside. How far it came is
 * stored after each mail. Several processes that watch the same one take each mail twice and keep it once.
 */
export function watchMailbox({ host, server, maxSizeBytes }: MailboxOptions): InboundSource {
  const stopping = new AbortController();
  const { signal } = stopping;
  const tried = Promise.withResolvers<void>();
  const place = `${server.user} at ${server.host}:${server.port}`;
  const cursorKey = `imap/${createHash("sha256")
    .update(JSON.stringify([server.host, server.port, server.user, server.folder]))
    .digest("base64url")}`;
  let problem: string | null = null;

  async function run(): Promise<void> {
    for (let failures = 0; !signal.aborted; failures += 1) {
      try {
        await readWhileConnected(() => {
          failures = 0;
          problem = null;
          tried.resolve();
        });
      } catch (error) {
        if (signal.aborted) break;
        problem = `Email of ${place} cannot be read by IMAP: ${explainImapFault(error, server.password)}`;
        host.logger.warn("No mail comes by IMAP", { problem });
        tried.resolve();
        const waitMs = isRefusedLogin(error)
          ? refusedLoginPauseMs
          : (pausesMs[Math.min(failures, pausesMs.length - 1)] ?? 0);
        await pause(waitMs, undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
    tried.resolve();
  }

  /** Returns when it is stopped; throws when the connection ends. */
  async function readWhileConnected(connected: () => void): Promise<void> {
    const client = imapClient(server, maxSizeBytes);
    let wake = Promise.withResolvers<void>();
    let lost: unknown = null;
    const end = (error: unknown) => {
      lost ??= error;
      wake.resolve();
    };
    client.on("exists", () => wake.resolve());
    client.on("error", end);
    client.on("close", () => end(new Error("the server ended the connection")));
    const stop = () => client.close();
    signal.addEventListener("abort", stop, { once: true });
    try {
      await client.connect();
      const { uidValidity, uidNext } = await client.mailboxOpen(server.folder, { readOnly: true });
      const position = new Position(host, cursorKey, String(uidValidity));
      await position.read();
      connected();
      while (!signal.aborted && lost === null) {
        wake = Promise.withResolvers();
        await readNew(client, position);
        // Nothing recent was there: what is older stays unread.
        if (position.uid === null) await position.advance(uidNext - 1);
        const looking = setTimeout(() => wake.resolve(), lookAgainMs).unref();
        client.idle().catch(end);
        await wake.promise;
        clearTimeout(looking);
      }
      if (lost !== null && !signal.aborted) throw lost;
    } finally {
      signal.removeEventListener("abort", stop);
      client.close();
    }
  }

  async function readNew(client: ImapFlow, position: Position): Promise<void> {
    const { uid: last } = position;
    const query: SearchObject =
      last === null ? { since: new Date(host.now().getTime() - lookBackMs) } : { uid: `${last + 1}:*` };
    const found = await client.search(query, { uid: true });
    if (!Array.isArray(found)) throw new Error("the server did not say what is in the mailbox");
    // "n:*" names the last one, however low its UID is.
    const uids = found.filter((uid) => uid > (last ?? 0)).sort((one, other) => one - other);
    for (let start = 0; start < uids.length; start += sizesAtOnce) {
      const some = uids.slice(start, start + sizesAtOnce).join(",");
      const mails = await client.fetchAll(some, { uid: true, size: true, internalDate: true }, { uid: true });
      for (const { uid, size, internalDate } of mails.sort((one, other) => one.uid - other.uid)) {
        signal.throwIfAborted();
        await takeIn(client, position, { uid, sizeBytes: size ?? 0, arrivedAt: internalDate ?? null });
        await position.advance(uid);
      }
    }
  }

  async function takeIn(
    client: ImapFlow,
    { uidValidity }: Position,
    { uid, sizeBytes, arrivedAt }: { uid: number; sizeBytes: number; arrivedAt: Date | string | null },
  ): Promise<void> {
    const tooLarge = sizeBytes > maxSizeBytes;
    const source = tooLarge ? { maxLength: maxHeaderBytes } : true;
    const fetched = await client.fetchOne(String(uid), { source }, { uid: true });
    // Removed meanwhile.
    if (fetched === false || fetched.source === undefined) return;
    const headers = MailHeaders.read(fetched.source);
    const envelope = {
      via: "imap" as const,
      from: null,
      to: recipientFields.flatMap((field) => headers.all(field)),
      remoteAddress: null,
      helo: null,
      arrivedAt: arrivedAt === null ? null : new Date(arrivedAt).toISOString(),
      providerId: `${uidValidity}/${uid}`,
    };
    const mail = { raw: fetched.source, envelope };
    if (tooLarge) await keepTooLarge(host, mail, { sizeBytes, maxSizeBytes });
    else await keepMail(host, mail);
  }

  const running = run();
  return {
    note: () => `Email is read from ${server.folder} of ${place} by IMAP`,
    async problem() {
      await Promise.race([tried.promise, pause(firstTryMs, undefined, { ref: false })]);
      return problem;
    },
    async close() {
      stopping.abort();
      await running;
    },
  };
}

/** How far the mailbox has been read, kept in the channel's store. */
class Position {
  /** The greatest UID that was taken in; null: begin anew. */
  uid: number | null = null;

  constructor(
    private readonly host: Pick<ChannelHost, "store">,
    private readonly key: string,
    readonly uidValidity: string,
  ) {}

  async read(): Promise<void> {
    const { data } = cursor.safeParse(await this.host.store.get(this.key));
    // After another UIDVALIDITY everything is new; what was taken in before is known by its content.
    this.uid = data?.uidValidity === this.uidValidity ? data.uid : null;
  }

  async advance(uid: number): Promise<void> {
    await this.host.store.set(this.key, { uidValidity: this.uidValidity, uid });
    this.uid = uid;
  }
}
