import { Readable } from "node:stream";
import { setImmediate as yieldToEventLoop } from "node:timers/promises";
import type { InboundSender } from "afterchat/channel";
import type { DNSResolver } from "mailauth";
import { splitAddress } from "../../address.js";
import type { InboundEnvelope } from "../envelope.js";
import { parseAddresses } from "../parse-addresses.js";
import type { InboundMail } from "../parse-mail.js";
import { isAligned, parseAuthenticationResults } from "./authentication-results.js";

export type Resolve = DNSResolver;

/** For hashing and all DNS lookups of an email together; well below Afterchat's time limit for interpreting it. */
const timeoutMs = 8_000;
/** For each of them mailauth may hash the whole email again. */
const maxSignatures = 10;
const chunkBytes = 64 * 1024;

interface AuthenticateOptions {
  /** The name of the operator's server in Authentication-Results; null: none are trusted. */
  readonly authservId: string | null;
  readonly resolve: Resolve;
}

type Proof = Pick<InboundSender, "authenticated"> & { readonly detail: string };

/**
 * Who sent an email, and whether that is authenticated: by DMARC or, if the domain has no DMARC record, by aligned SPF
 * or DKIM. If the name of the operator's server is configured, its topmost result is trusted; fields below may come
 * from the sender. Throws only if aborted; without DNS nothing is authenticated.
 */
export async function authenticateSender(
  { authservId, resolve }: AuthenticateOptions,
  original: Uint8Array,
  mail: InboundMail,
  envelope: InboundEnvelope,
  signal: AbortSignal,
): Promise<InboundSender> {
  const fields = mail.headers.all("from");
  const addresses = parseAddresses(fields);
  const [address = ""] = addresses;
  const unauthenticated = (detail: string): InboundSender => ({ address, authenticated: false, detail });
  if (address === "") return unauthenticated("Its From header contains no address.");
  if (fields.length > 1) return unauthenticated("It has several From headers: email clients disagree on who sent it.");
  if (addresses.length > 1) return unauthenticated("Its From header contains several addresses.");
  const { domain } = splitAddress(address);
  const reported = parseAuthenticationResults(mail.headers, authservId, domain);
  if (reported !== null) return { address, ...reported };
  if (mail.extent !== "whole") return unauthenticated("Not checked: the email could not be read completely.");
  const signatures = mail.headers.all("dkim-signature").length;
  if (signatures > maxSignatures) return unauthenticated(`Not checked: it has ${signatures} signatures.`);
  if (signatures === 0 && envelope.remoteAddress === null) {
    return unauthenticated("It has no signature (DKIM), and the server that sent it is unknown.");
  }
  return { address, ...(await verify(resolve, original, envelope, domain, signal)) };
}

async function verify(
  resolve: Resolve,
  original: Uint8Array,
  envelope: InboundEnvelope,
  domain: string,
  signal: AbortSignal,
): Promise<Proof> {
  // Loaded with the first email that is checked, because it would add half a second to every start.
  const { authenticate } = await import("mailauth");
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const stopped = Promise.withResolvers<never>();
  const stop = () => stopped.reject(new Error("it took too long"));
  deadline.addEventListener("abort", stop, { once: true });
  try {
    // mailauth has no timeout for its resolver.
    const bounded: Resolve = (name, type) => Promise.race([resolve(name, type), stopped.promise]);
    const { dkim, spf, dmarc } = await Promise.race([
      authenticate(Readable.from(inChunks(original, deadline)), {
        resolver: bounded,
        mta: "afterchat",
        disableArc: true,
        disableBimi: true,
        // For null as for "": otherwise mailauth would use the Return-Path in the email itself.
        sender: envelope.from ?? "",
        ...(envelope.remoteAddress === null ? {} : { ip: envelope.remoteAddress }),
        ...(envelope.helo === null ? {} : { helo: envelope.helo }),
      }),
      stopped.promise,
    ]);
    const signatures = dkim.results.filter(({ status }) => status.result === "pass" && !status.underSized);
    const signed = signatures.find(({ status }) => status.aligned);
    const sent = spf && spf.status.result === "pass" && isAligned(spf.domain, domain);
    const results = describe({
      dmarc: dmarc ? dmarc.status.result : null,
      dkim: dkim.results.find(({ status }) => status.result !== "none")?.status.result ?? null,
      spf: spf ? spf.status.result : null,
    });
    if (dmarc && dmarc.status.result === "pass") return { authenticated: true, detail: results };
    if (dmarc && dmarc.status.result === "none" && (signed !== undefined || sent)) {
      return { authenticated: true, detail: results };
    }
    return { authenticated: false, detail: results };
  } catch (error) {
    signal.throwIfAborted();
    return { authenticated: false, detail: `Not checked: ${error instanceof Error ? error.message : String(error)}.` };
  } finally {
    deadline.removeEventListener("abort", stop);
    stopped.promise.catch(() => undefined);
  }
}

/**
 * Passed as a single buffer, a line of 24 MB blocked the event loop for half a minute (mailauth 7.1). In chunks, other
 * work runs in between, and the check ends when the time is over.
 */
async function* inChunks(original: Uint8Array, deadline: AbortSignal): AsyncGenerator<Buffer> {
  const content = Buffer.from(original.buffer, original.byteOffset, original.byteLength);
  for (let at = 0; at < content.length; at += chunkBytes) {
    deadline.throwIfAborted();
    yield content.subarray(at, at + chunkBytes);
    await yieldToEventLoop();
  }
}

function describe(results: Readonly<Record<string, string | null>>): string {
  const parts = Object.entries(results).flatMap(([method, result]) => (result === null ? [] : [`${method}=${result}`]));
  return parts.some((part) => part.endsWith("temperror"))
    ? `Not checked: DNS did not answer (${parts.join(", ")}).`
    : `Checked: ${parts.join(", ") || "nothing"}.`;
}
