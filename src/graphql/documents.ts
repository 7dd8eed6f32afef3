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
import { parseOptions, rulesFor } from "./query-limits.js";

/** A validated operation; `key` is equal for equal texts. */
export interface CheckedDocument {
  readonly document: DocumentNode;
  readonly key: number;
  /** Requests fields that only a message's author may see, so that two agents may get different results. */
  readonly requestsAuthorOnly: boolean;
}

/** Caches validated operations, of which clients send few; subscribers with equal texts can also share results. */
export class Documents {
  readonly #schema: GraphQLSchema;
  readonly #rules: readonly ValidationRule[];
  readonly #checked = new LRUCache<string, CheckedDocument>({ max: 500 });
  #lastKey = 0;

  constructor(api: { readonly schema: GraphQLSchema; readonly introspection: boolean }) {
    this.#schema = api.schema;
    this.#rules = [...specifiedRules, ...rulesFor(api)];
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
    const checked = { document, key: this.#lastKey, requestsAuthorOnly: text.includes("clientMessageId") };
    this.#checked.set(text, checked);
    return checked;
  }
}

function parseText(text: string): DocumentNode | GraphQLError {
  try {
    return parse(text, parseOptions);
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    throw error;
  }
}

function withCode({ message, nodes, source, positions }: GraphQLError, code: string): GraphQLError {
  return new GraphQLError(message, {
    nodes: nodes ?? null,
    source: source ?? null,
    positions: positions ?? null,
    extensions: { code },
  });
}
