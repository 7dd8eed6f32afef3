import type { ApolloServerOptions } from "@apollo/server";
import type { DocumentNode } from "graphql";
import { LRUCache } from "lru-cache";
import { documentBytes, maxCachedBytes, maxCachedDocumentBytes } from "./document-size.js";

/** Where Apollo keeps validated documents. Its own store measures them as JSON, which none of their tokens are part of. */
export function documentStore(): NonNullable<ApolloServerOptions<object>["documentStore"]> {
  const documents = new LRUCache<string, DocumentNode>({
    maxSize: maxCachedBytes,
    maxEntrySize: maxCachedDocumentBytes,
    sizeCalculation: documentBytes,
  });
  return {
    get: async (key) => documents.get(key),
    set: async (key, document) => void documents.set(key, document),
    delete: async (key) => documents.delete(key),
  };
}
