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
  /** It can never be fetched. `why` completes a sentence after "because". */
  | { readonly outcome: "refused"; readonly why: string }
  | { readonly outcome: "retry"; readonly why: string };

/** Afterchat's limit for attachments. Meta's own is 25 MB. */
const maxBytes = 20 * 1024 * 1024;
const maxRedirects = 3;
/** Less than an attempt to interpret an original may take. */
const timeoutMs = 15_000;

/** Fetches a file of a message from Meta's servers. Follows redirects and checks each URL. */
export async function fetchFile(
  { url, kind }: Pick<FileTask, "url" | "kind">,
  origins: readonly string[],
  signal: AbortSignal,
): Promise<FetchedFile> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  let next = url;
  for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
    const checked = checkFileUrl(next, origins);
    if (checked.outcome === "refused") return checked;
    const response = await get(checked.url, checked.trust, deadline);
    if ("outcome" in response) return response;
    const { statusCode: status = 0, headers } = response;
    const { location = "" } = headers;
    if (status >= 300 && status < 400 && URL.canParse(location, checked.url.href)) {
      response.destroy();
      next = new URL(location, checked.url).href;
      continue;
    }
    return readFile(response, kind, checked.url);
  }
  return { outcome: "refused", why: "Meta's server redirects too often" };
}

type Refusal = Exclude<FetchedFile, { outcome: "fetched" }>;

/** Uses node:https, not fetch, so that a host's addresses are checked when connecting, not before. */
function get(url: URL, trust: "meta" | "operator", signal: AbortSignal): Promise<IncomingMessage | Refusal> {
  return new Promise((resolve) => {
    const send = url.protocol === "https:" ? httpsRequest : httpRequest;
    const lookup = trust === "meta" ? { lookup: publicLookup } : {};
    const request = send(url, { signal, headers: { accept: "*/*" }, agent: false, ...lookup });
    request.on("response", resolve);
    request.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === privateAddress) resolve({ outcome: "refused", why: "its link leads into a private network" });
      else resolve({ outcome: "retry", why: `Meta's server could not be reached (${error.code ?? error.name})` });
    });
    request.end();
  });
}

async function readFile(response: IncomingMessage, kind: FileTask["kind"], url: URL): Promise<FetchedFile> {
  const { statusCode: status = 0, headers } = response;
  const fail = (outcome: "retry" | "refused", why: string): FetchedFile => {
    response.destroy();
    return { outcome, why };
  };
  if (status === 429 || status >= 500) return fail("retry", `Meta's server responded with HTTP ${status}`);
  if (status !== 200) return fail("refused", `Meta's server responded with HTTP ${status}: the link may have expired`);
  const contentType = headers["content-type"]?.split(";")[0]?.trim().toLowerCase() ?? null;
  if (contentType === "text/html") return fail("refused", "Meta's server returned an HTML page instead");
  if (Number(headers["content-length"] ?? 0) > maxBytes) return fail("refused", "the file is larger than 20 MB");
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) return fail("refused", "the file is larger than 20 MB");
      chunks.push(chunk);
    }
  } catch {
    return fail("retry", "the connection to Meta's server was lost");
  }
  const name = fileName({ disposition: headers["content-disposition"] ?? null, url, contentType, kind });
  return { outcome: "fetched", file: { name, contentType, content: Buffer.concat(chunks) } };
}

const privateAddress = "EPRIVATE";

const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookUpName(hostname, { ...options, all: true }, (error, result) => {
    const addresses = (result ?? []) as LookupAddress[];
    const failure =
      error ?? (!addresses.every(({ address }) => isPublicAddress(address)) ? privateAddressError(hostname) : null);
    const [first] = addresses;
    if (failure !== null || first === undefined) callback(failure ?? new Error("no address"), "", 0);
    else if (options.all) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
};

function privateAddressError(hostname: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${hostname} resolves to a private address`), { code: privateAddress });
}
