import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  parse,
  specifiedRules,
  type ValidationRule,
  validate,
} from "graphql";
import { LRUCache } from "lru-cache";
import { documentBytes, maxCachedBytes, maxCachedDocumentBytes } from "./document-size.js";
import { parseOptions, refuseText, rulesFor } from "./query-limits.js";

/** A validated operation; `key` is equal for equal texts that are cached. */
export interface CheckedDocument {
  readonly document: DocumentNode;
  readonly key: number;
  /** Requests fields that only a message's author may see, so that two agents may get different results. */
  readonly requestsAuthorOnly: boolean;
}

/** Fields that differ between two viewers who may see the same: a message's clientMessageId, and the counts of "mine". */
const viewersOwn = ["clientMessageId", "mine"];

/**
 * Caches validated operations, of which clients send few; subscribers with equal texts can also share results. Bounded in
 * bytes: large documents are not cached, whoever sends them.
 */
export class Documents {
  readonly #schema: GraphQLSchema;
  readonly #rules: readonly ValidationRule[];
  readonly #checked = new LRUCache<string, CheckedDocument>({
    maxSize: maxCachedBytes,
    maxEntrySize: maxCachedDocumentBytes,
    sizeCalculation: ({ document }) => documentBytes(document),
  });
  #lastKey = 0;

  constructor(api: { readonly schema: GraphQLSchema; readonly introspection: boolean }) {
    this.#schema = api.schema;
    this.#rules = [...specifiedRules, ...rulesFor(api)];
  }

  /** About how much memory the cached documents occupy, in bytes. */
  get cachedBytes(): number {
    return this.#checked.calculatedSize;
  }

  /** Whether this text was checked before and is kept: to check it again takes no time. */
  isKnown(text: string): boolean {
    return this.#checked.has(text);
  }

  /** The document, or all its errors. */
  check(text: string): CheckedDocument | readonly GraphQLError[] {
    const known = this.#checked.get(text);
    if (known !== undefined) return known;
    const document = parseText(text);
    if (document instanceof GraphQLError) return [withCode(document, "GRAPHQL_PARSE_FAILED")];
    const faults = validate(this.#schema, document, this.#rules);
    if (faults.length > 0) return faults.map((fault) => withCode(fault, "GRAPHQL_VALIDATION_FAILED"));
    this.#lastKey += 1;
    const requestsAuthorOnly = viewersOwn.some((field) => text.includes(field));
    const checked = { document, key: this.#lastKey, requestsAuthorOnly };
    this.#checked.set(text, checked);
    return checked;
  }
}

function parseText(text: string): DocumentNode | GraphQLError {
  const refusal = refuseText(text);
  if (refusal !== null) return new GraphQLError(refusal);
  try {
    return parse(text, parseOptions);
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    // The parser calls itself for each level, and the stack ends before `maxTokens` does.
    if (error instanceof RangeError) return new GraphQLError("This operation is nested too deeply to be read.");
    throw error;
  }
}

function withCode({ message, nodes, source, positions, extensions }: GraphQLError, code: string): GraphQLError {
  return new GraphQLError(message, {
    nodes: nodes ?? null,
    source: source ?? null,
    positions: positions ?? null,
    extensions: { ...extensions, code },
  });
}
