import { Readable } from "node:stream";
import type { InboundSender } from "afterchat/channel";
import type { DNSResolver } from "mailauth";
import type { InboundEnvelope } from "../envelope.js";
import { isAligned } from "./authentication-results.js";

export type Resolve = DNSResolver;

/** A question to DNS that the check has. */
export interface DnsQuestion {
  readonly name: string;
  readonly type: string;
}

export type DnsAnswer =
  | { readonly records: Awaited<ReturnType<Resolve>> }
  /** As node:dns throws it. */
  | { readonly code: string; readonly message: string };

export interface SenderToCheck {
  /** The email, or only its header to find out what DNS will be asked about the sending server. */
  readonly content: Uint8Array;
  readonly envelope: InboundEnvelope;
  /** Of the address in From. */
  readonly domain: string;
  /** What DNS has answered so far, by `questionKey`. */
  readonly answers: ReadonlyMap<string, DnsAnswer>;
}

type Proof = Pick<InboundSender, "authenticated"> & { readonly detail: string };

export interface CheckedSender {
  /** Holds only if there are no questions. */
  readonly proof: Proof;
  /** What DNS has to be asked before the sender can be checked. */
  readonly questions: readonly DnsQuestion[];
}

/**
 * As a single buffer, a line of 24 MB took half a minute (mailauth 7.1). In pieces it takes half of that, and other shapes a
 * fraction.
 */
const chunkBytes = 64 * 1024;

export function questionKey({ type, name }: DnsQuestion): string {
  return `${type} ${name}`;
}

/**
 * Checks by DMARC or, if the domain has no DMARC record, by aligned SPF or DKIM whether an email comes from the domain of
 * its From. Depends on its arguments alone: what DNS has not been asked yet comes back as questions, and the check is
 * repeated with the answers. So it can run in a process that never waits.
 */
export async function checkSender({ content, envelope, domain, answers }: SenderToCheck): Promise<CheckedSender> {
  // Loaded with the first email that is checked, because it takes half a second.
  const { authenticate } = await import("mailauth");
  const questions = new Map<string, DnsQuestion>();
  const resolver: Resolve = async (name, type) => {
    const question = { name, type };
    const answer = answers.get(questionKey(question));
    if (answer === undefined) {
      questions.set(questionKey(question), question);
      throw Object.assign(new Error("DNS has not been asked yet"), { code: "ENOTFOUND" });
    }
    if ("records" in answer) return answer.records;
    throw Object.assign(new Error(answer.message), { code: answer.code });
  };
  try {
    const result = await authenticate(Readable.from(inChunks(content)), {
      resolver,
      mta: "afterchat",
      disableArc: true,
      disableBimi: true,
      // For null as for "": otherwise mailauth would use the Return-Path in the email itself.
      sender: envelope.from ?? "",
      ...(envelope.remoteAddress === null ? {} : { ip: envelope.remoteAddress }),
      ...(envelope.helo === null ? {} : { helo: envelope.helo }),
    });
    return { proof: proofOf(result, domain), questions: [...questions.values()] };
  } catch (error) {
    const detail = `Not checked: ${error instanceof Error ? error.message : String(error)}.`;
    return { proof: { authenticated: false, detail }, questions: [...questions.values()] };
  }
}

type Result = Awaited<ReturnType<typeof import("mailauth").authenticate>>;

function proofOf({ dkim, spf, dmarc }: Result, domain: string): Proof {
  const signatures = dkim.results.filter(({ status }) => status.result === "pass" && !status.underSized);
  const signed = signatures.find(({ status }) => status.aligned);
  const sent = spf && spf.status.result === "pass" && isAligned(spf.domain, domain);
  const detail = describe({
    dmarc: dmarc ? dmarc.status.result : null,
    dkim: dkim.results.find(({ status }) => status.result !== "none")?.status.result ?? null,
    spf: spf ? spf.status.result : null,
  });
  if (dmarc && dmarc.status.result === "pass") return { authenticated: true, detail };
  const authenticated = dmarc && dmarc.status.result === "none" && (signed !== undefined || sent);
  return { authenticated: authenticated === true, detail };
}

function* inChunks(content: Uint8Array): Generator<Buffer> {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
}

function describe(results: Readonly<Record<string, string | null>>): string {
  const parts = Object.entries(results).flatMap(([method, result]) => (result === null ? [] : [`${method}=${result}`]));
  return parts.some((part) => part.endsWith("temperror"))
    ? `Not checked: DNS did not answer (${parts.join(", ")}).`
    : `Checked: ${parts.join(", ") || "nothing"}.`;
}
