import { createHmac } from "node:crypto";
import { type Answered, type Json, requestJson, type Unanswered } from "afterchat/channel";

export type GraphAnswer = Answered | Unanswered;

interface GraphRequest {
  /** Below the version, such as `/me`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Posted; a GET without one. */
  readonly body?: Json;
  readonly token: string;
  /** `bare`: outside of any version, without a proof. */
  readonly base?: "versioned" | "bare";
}

/** Asks the Graph API something, or to do something. */
export type AskGraph = (request: GraphRequest, signal: AbortSignal) => Promise<GraphAnswer>;

interface GraphEndpoint {
  readonly graphUrl: string;
  readonly graphVersion: string;
  readonly appSecret: string;
}

export function graphApi({ graphUrl, graphVersion, appSecret }: GraphEndpoint): AskGraph {
  return ({ path, query = {}, body, token, base }, signal) => {
    const bare = base === "bare";
    const url = new URL(bare ? `${graphUrl}${path}` : `${graphUrl}/${graphVersion}${path}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const proof = proofOf(appSecret, token);
    if (!bare) url.searchParams.set("appsecret_proof", proof);
    // Refreshing a token may answer with the same token, which must stay readable.
    const authorization = { [bare ? "publicHeaders" : "headers"]: { authorization: `Bearer ${token}` } };
    return requestJson({ url, ...(body !== undefined && { body }), ...authorization, secrets: [proof], signal });
  };
}

/** @see https://developers.facebook.com/docs/graph-api/guides/secure-requests */
export function proofOf(appSecret: string, token: string): string {
  return createHmac("sha256", appSecret).update(token).digest("hex");
}
