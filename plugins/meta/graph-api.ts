import { createHmac } from "node:crypto";
import { type Answered, type Json, requestJson, type Unanswered } from "afterchat/channel";

export type GraphResponse = Answered | Unanswered;

interface GraphRequest {
  /** Below the version, such as `/me`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent with POST; without a body the request is a GET. */
  readonly body?: Json;
  readonly token: string;
  /** `unversioned`: without the version in the path, and without a proof. */
  readonly base?: "versioned" | "unversioned";
}

/** Makes one request to the Graph API. */
export type GraphApi = (request: GraphRequest, signal: AbortSignal) => Promise<GraphResponse>;

interface GraphSettings {
  readonly graphUrl: string;
  readonly graphVersion: string;
  readonly appSecret: string;
}

export function createGraphApi({ graphUrl, graphVersion, appSecret }: GraphSettings): GraphApi {
  return ({ path, query = {}, body, token, base = "versioned" }, signal) => {
    const versioned = base === "versioned";
    const url = new URL(versioned ? `${graphUrl}/${graphVersion}${path}` : `${graphUrl}${path}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const proof = appSecretProof(appSecret, token);
    if (versioned) url.searchParams.set("appsecret_proof", proof);
    // The response to refreshing a token may contain the same token, which must not be removed.
    const authorization = { [versioned ? "headers" : "publicHeaders"]: { authorization: `Bearer ${token}` } };
    return requestJson({ url, ...(body !== undefined && { body }), ...authorization, secrets: [proof], signal });
  };
}

/** @see https://developers.facebook.com/docs/graph-api/guides/secure-requests */
export function appSecretProof(appSecret: string, token: string): string {
  return createHmac("sha256", appSecret).update(token).digest("hex");
}
