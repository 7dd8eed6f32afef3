import { Readable } from "node:stream";
import { setImmediate as othersTurn } from "node:timers/promises";
import type { InboundSender } from "afterchat/channel";
import type { DNSResolver } from "mailauth";
import { splitAddress } from "../../address.js";
import type { InboundEnvelope } from "../envelope.js";
import { addressesIn } from "../parse-addresses.js";
import type { InboundMail } from "../parse-mail.js";
import { isAligned, readAuthenticationResults } from "./authentication-results.js";

export type Resolve = DNSResolver;

/** Hashing and all look-ups for one mail together: well within the time that Afterchat gives for understanding it. */
const authenticationMs = 8_000;
/** Every one may have mailauth hash the whole mail once more. */
const maxSignatures = 10;
const chunkBytes = 64 * 1024;

interface Authenticating {
  /** The name under which the operator's own server writes Authentication-Results; null: none is believed. */
  readonly authservId: string | null;
  readonly resolve: Resolve;
}

type Proof = Pick<InboundSender, "authenticated"> & { readonly detail: string };

/**
 * Who sent a mail, and whether that is proven: by DMARC, or by SPF or DKIM in alignment where the domain has no DMARC. The
 * operator's own server is believed where its name is configured, and only its topmost word: what is written below it may
 * be the sender's. Never throws but for `signal`; without DNS nothing is proven.
 */
export async function authenticateSender(
  authenticating: Authenticating,
  original: Uint8Array,
  mail: InboundMail,
  envelope: InboundEnvelope,
  signal: AbortSignal,
): Promise<InboundSender> {
  const fields = mail.headers.all("from");
  const addresses = addressesIn(fields);
  const [address = ""] = addresses;
  const unproven = (detail: string): InboundSender => ({ address, authenticated: false, detail });
  if (address === "") return unproven("Its From header names no address.");
  if (fields.length > 1) return unproven("It has several From headers: mail programs disagree on who sent it.");
  if (addresses.length > 1) return unproven("Its From header names several addresses.");
  const { domain } = splitAddress(address);
  const told = readAuthenticationResults(mail.headers, authenticating.authservId, domain);
  if (told !== null) return { address, ...told };
  if (mail.extent !== "whole") return unproven("Not checked: the email is too wild to be read whole.");
  const signatures = mail.headers.all("dkim-signature").length;
  if (signatures > maxSignatures) return unproven(`Not checked: it carries ${signatures} signatures.`);
  if (signatures === 0 && envelope.remoteAddress === null) {
    return unproven("It carries no signature (DKIM), and the server that sent it is not known.");
  }
  return { address, ...(await verify(authenticating.resolve, original, envelope, domain, signal)) };
}

async function verify(
  resolve: Resolve,
  original: Uint8Array,
  envelope: InboundEnvelope,
  domain: string,
  signal: AbortSignal,
): Promise<Proof> {
  // Loaded with the first mail that has to be judged: it takes half a second of each start.
  const { authenticate } = await import("mailauth");
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(authenticationMs)]);
  const stopped = Promise.withResolvers<never>();
  const stop = () => stopped.reject(new Error("it took too long"));
  deadline.addEventListener("abort", stop, { once: true });
  try {
    // mailauth waits for its resolver as long as that takes.
    const bounded: Resolve = (name, type) => Promise.race([resolve(name, type), stopped.promise]);
    const { dkim, spf, dmarc } = await Promise.race([
      authenticate(Readable.from(inChunks(original, deadline)), {
        resolver: bounded,
        mta: "afterchat",
        disableArc: true,
        disableBimi: true,
        // Null and "" alike: mailauth would else take the Return-Path that the mail itself carries.
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
 * Given whole, a mail of one line of 24 MB held all other work for half a minute (mailauth 7.1): in chunks, with a turn for
 * others between them, it is given up where the time is over.
 */
async function* inChunks(original: Uint8Array, deadline: AbortSignal): AsyncGenerator<Buffer> {
  const content = Buffer.from(original.buffer, original.byteOffset, original.byteLength);
  for (let at = 0; at < content.length; at += chunkBytes) {
    deadline.throwIfAborted();
    yield content.subarray(at, at + chunkBytes);
    await othersTurn();
  }
}

function describe(results: Readonly<Record<string, string | null>>): string {
  const said = Object.entries(results).flatMap(([method, result]) => (result === null ? [] : [`${method}=${result}`]));
  return said.some((word) => word.endsWith("temperror"))
    ? `Not checked: DNS did not answer (${said.join(", ")}).`
    : `Checked: ${said.join(", ") || "nothing"}.`;
}
