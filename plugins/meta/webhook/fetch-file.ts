import { type LookupAddress, lookup as lookUpName } from "node:dns";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { LookupFunction } from "node:net";
import { type InboundAttachment, isPublicAddress } from "afterchat/channel";
import { checkFileUrl } from "./check-file-url.js";
import { fileName } from "./file-name.js";
import type { FileTask } from "./message-content.js";

export type FetchedFile =
  | { readonly outcome: "fetched"; readonly file: InboundAttachment }
  /** Never will be had; `why` follows "because". */
  | { readonly outcome: "refused"; readonly why: string }
  | { readonly outcome: "again"; readonly why: string };

/** What a message keeps at most. Meta's own limit is 25 MB. */
const maxBytes = 20 * 1024 * 1024;
const maxRedirects = 3;
/** Below what an attempt to interpret may take. */
const withinMs = 15_000;

/** Fetches a file of a message from Meta's servers, wherever redirects lead: each address is judged anew. */
export async function fetchFile(
  { url, kind }: Pick<FileTask, "url" | "kind">,
  origins: readonly string[],
  signal: AbortSignal,
): Promise<FetchedFile> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(withinMs)]);
  let next = url;
  for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
    const judged = checkFileUrl(next, origins);
    if (judged.outcome === "refused") return judged;
    const answer = await get(judged.url, judged.trust, deadline);
    if ("outcome" in answer) return answer;
    const { statusCode: status = 0, headers } = answer;
    const { location = "" } = headers;
    if (status >= 300 && status < 400 && URL.canParse(location, judged.url.href)) {
      answer.destroy();
      next = new URL(location, judged.url).href;
      continue;
    }
    return readFile(answer, kind, judged.url);
  }
  return { outcome: "refused", why: "Meta leads from one link to the next" };
}

type Refusal = Exclude<FetchedFile, { outcome: "fetched" }>;

/** node:https and not fetch: the name's addresses are checked as they are connected to, not before. */
function get(url: URL, trust: "meta" | "operator", signal: AbortSignal): Promise<IncomingMessage | Refusal> {
  return new Promise((resolve) => {
    const send = url.protocol === "https:" ? httpsRequest : httpRequest;
    const lookup = trust === "meta" ? { lookup: publicLookup } : {};
    const request = send(url, { signal, headers: { accept: "*/*" }, agent: false, ...lookup });
    request.on("response", resolve);
    request.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === privateAddress) resolve({ outcome: "refused", why: "its link leads into a private network" });
      else resolve({ outcome: "again", why: `Meta's server could not be asked for it (${error.code ?? error.name})` });
    });
    request.end();
  });
}

async function readFile(answer: IncomingMessage, kind: FileTask["kind"], url: URL): Promise<FetchedFile> {
  const { statusCode: status = 0, headers } = answer;
  const refuse = (outcome: "again" | "refused", why: string): FetchedFile => {
    answer.destroy();
    return { outcome, why };
  };
  if (status === 429 || status >= 500) return refuse("again", `Meta's server answered with HTTP ${status}`);
  if (status !== 200) return refuse("refused", `Meta's server answered with HTTP ${status}: its link may have ended`);
  const contentType = headers["content-type"]?.split(";")[0]?.trim().toLowerCase() ?? null;
  if (contentType === "text/html") return refuse("refused", "Meta's server gave a page in its place");
  if (Number(headers["content-length"] ?? 0) > maxBytes) return refuse("refused", "the file is larger than 20 MB");
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) return refuse("refused", "the file is larger than 20 MB");
      chunks.push(chunk);
    }
  } catch {
    return refuse("again", "Meta's server broke off while sending it");
  }
  const name = fileName({ disposition: headers["content-disposition"] ?? null, url, contentType, kind });
  return { outcome: "fetched", file: { name, contentType, content: Buffer.concat(chunks) } };
}

const privateAddress = "EPRIVATE";

const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookUpName(hostname, { ...options, all: true }, (error, found) => {
    const addresses = (found ?? []) as LookupAddress[];
    const failure =
      error ?? (!addresses.every(({ address }) => isPublicAddress(address)) ? refusePrivate(hostname) : null);
    const [first] = addresses;
    if (failure !== null || first === undefined) callback(failure ?? new Error("no address"), "", 0);
    else if (options.all) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
};

function refusePrivate(hostname: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${hostname} is an address of a private network`), { code: privateAddress });
}
