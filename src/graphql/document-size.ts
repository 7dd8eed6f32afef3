import type { DocumentNode } from "graphql";

/** What all the documents of one cache may occupy. A client's operation of 1,000 characters takes about 0.1 MB. */
export const maxCachedBytes = 20_000_000;
/** Larger documents are not kept, whoever sends them: anybody can send as many different ones as they like. */
export const maxCachedDocumentBytes = 1_000_000;

// Measured with graphql-js 16.15 on Node 24: comments are tokens that no node holds, every other token becomes a node.
const bytesPerCharacter = 50;
const bytesPerToken = 500;

/** About how much memory a parsed document occupies, in bytes: many times its text. */
export function documentBytes(document: DocumentNode): number {
  const characters = document.loc?.source.body.length ?? 0;
  return 1 + characters * bytesPerCharacter + (document.tokenCount ?? 0) * bytesPerToken;
}
