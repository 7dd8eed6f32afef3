import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { ChannelHost } from "afterchat/channel";
import type { ImapFlow, SearchObject } from "imapflow";
import { z } from "zod";
import type { ImapServer } from "../inbound-settings.js";
import { MailHeaders } from "../mail-headers.js";
import { storeOversizedMail } from "../oversized-mail.js";
import { storeMail } from "../store-mail.js";
import { maxHeaderBytes } from "../unmatched-mail.js";
import { createImapClient, describeImapError, isRefusedLogin } from "./imap-client.js";
import type { InboundSource } from "./inbound-source.js";

/** The recipient as receiving servers record it; To is written by the sender. */
const recipientFields = ["delivered-to", "x-original-to"] as const;
/** Some servers announce IDLE, but never notify. */
const pollIntervalMs = 60_000;
const retryDelaysMs = [1_000, 2_000, 5_000, 15_000, 60_000];
/** Some servers lock an account after too many failed logins. */
const refusedLoginDelayMs = 300_000;
const firstAttemptMs = 10_000;
/** How far back a folder is read the first time: as long as the links in Afterchat's emails are valid. */
const lookBackMs = 30 * 24 * 3_600_000;
const maxFetchedSizes = 200;

/** How far a folder has been read. UIDs are only valid together with their UIDVALIDITY (RFC 3501, 2.3.1.1). */
const cursor = z.object({ uidValidity: z.string(), uid: z.number() });

export interface ImapOptions {
  readonly host: Pick<ChannelHost, "keep" | "store" | "logger" | "now" | "verify" | "findConversation">;
  readonly server: ImapServer;
  readonly maxSizeBytes: number;
}

/**
 * Reads the emails that arrive in an IMAP folder without changing anything in it, so that people can use it too. The
 * position is stored after each email. Several processes that watch the same folder read each email twice, but store it
 * once.
 */
export function watchImap({ host, server, maxSizeBytes }: ImapOptions): InboundSource {
  const controller = new AbortController();
  const { signal } = controller;
  const firstAttempt = Promise.withResolvers<void>();
  const account = `${server.user} at ${server.host}:${server.port}`;
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
          firstAttempt.resolve();
        });
      } catch (error) {
        if (signal.aborted) break;
        problem = `Email of ${account} cannot be read by IMAP: ${describeImapError(error, server.password)}`;
        host.logger.warn("Email cannot be received by IMAP", { problem });
        firstAttempt.resolve();
        const delayMs = isRefusedLogin(error)
          ? refusedLoginDelayMs
          : (retryDelaysMs[Math.min(failures, retryDelaysMs.length - 1)] ?? 0);
        await pause(delayMs, undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
    firstAttempt.resolve();
  }

  /** Returns when stopped; throws when the connection ends. */
  async function readWhileConnected(onConnected: () => void): Promise<void> {
    const client = createImapClient(server, maxSizeBytes);
    let wake = Promise.withResolvers<void>();
    let connectionError: unknown = null;
    const end = (error: unknown) => {
      connectionError ??= error;
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
      onConnected();
      while (!signal.aborted && connectionError === null) {
        wake = Promise.withResolvers();
        await readNew(client, position);
        // There was nothing recent; older emails are not read.
        if (position.uid === null) await position.advance(uidNext - 1);
        const poll = setTimeout(() => wake.resolve(), pollIntervalMs).unref();
        client.idle().catch(end);
        await wake.promise;
        clearTimeout(poll);
      }
      if (connectionError !== null && !signal.aborted) throw connectionError;
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
    if (!Array.isArray(found)) throw new Error("the server did not return a search result");
    // "n:*" always includes the last email, even if its UID is lower.
    const uids = found.filter((uid) => uid > (last ?? 0)).sort((a, b) => a - b);
    for (let start = 0; start < uids.length; start += maxFetchedSizes) {
      const range = uids.slice(start, start + maxFetchedSizes).join(",");
      const mails = await client.fetchAll(range, { uid: true, size: true, internalDate: true }, { uid: true });
      for (const { uid, size, internalDate } of mails.sort((a, b) => a.uid - b.uid)) {
        signal.throwIfAborted();
        await readMail(client, position, { uid, sizeBytes: size ?? 0, arrivedAt: internalDate ?? null });
        await position.advance(uid);
      }
    }
  }

  async function readMail(
    client: ImapFlow,
    { uidValidity }: Position,
    { uid, sizeBytes, arrivedAt }: { uid: number; sizeBytes: number; arrivedAt: Date | string | null },
  ): Promise<void> {
    const tooLarge = sizeBytes > maxSizeBytes;
    const source = tooLarge ? { maxLength: maxHeaderBytes } : true;
    const fetched = await client.fetchOne(String(uid), { source }, { uid: true });
    // Deleted in the meantime.
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
    const outcome = tooLarge
      ? await storeOversizedMail(host, mail, { sizeBytes, maxSizeBytes })
      : await storeMail(host, mail);
    // It stays in the mailbox. Trying it again would hold up the emails behind it.
    if (outcome === "refused") host.logger.warn("An email was skipped: too much came of its kind", { uid });
  }

  const running = run();
  return {
    note: () => `Email is read from ${server.folder} of ${account} by IMAP`,
    async problem() {
      await Promise.race([firstAttempt.promise, pause(firstAttemptMs, undefined, { ref: false })]);
      return problem;
    },
    async close() {
      controller.abort();
      await running;
    },
  };
}

/** How far the folder has been read; saved in the channel's store. */
class Position {
  /** The greatest UID that was read; null: start from the beginning. */
  uid: number | null = null;

  constructor(
    private readonly host: Pick<ChannelHost, "store">,
    private readonly key: string,
    readonly uidValidity: string,
  ) {}

  async read(): Promise<void> {
    const { data } = cursor.safeParse(await this.host.store.get(this.key));
    // After a change of UIDVALIDITY everything is read again; duplicates are recognised by their content.
    this.uid = data?.uidValidity === this.uidValidity ? data.uid : null;
  }

  async advance(uid: number): Promise<void> {
    await this.host.store.set(this.key, { uidValidity: this.uidValidity, uid });
    this.uid = uid;
  }
}
