import { type DocumentNode, GraphQLError, type GraphQLSchema, parse, specifiedRules, validate } from "graphql";
import { LRUCache } from "lru-cache";
import { parseOptions, queryLimits } from "./query-limits.js";

/** A checked operation text; `key` is the same for the same text. */
export interface CheckedDocument {
  readonly document: DocumentNode;
  readonly key: number;
  /** Asks for what is shown to a message's author alone, so that two agents may see different answers. */
  readonly asksAuthorOnly: boolean;
}

/** Remembers checked texts, of which clients send few: so subscribers with equal texts can also share results. */
export class Documents {
  readonly #schema: GraphQLSchema;
  readonly #checked = new LRUCache<string, CheckedDocument>({ max: 500 });
  #lastKey = 0;

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
  }

  /** The document, or every fault of it. */
  check(text: string): CheckedDocument | readonly GraphQLError[] {
    const known = this.#checked.get(text);
    if (known !== undefined) return known;
    const document = parseText(text);
    if (document instanceof GraphQLError) return [withCode(document, "GRAPHQL_PARSE_FAILED")];
    const faults = validate(this.#schema, document, [...specifiedRules, queryLimits]);
    if (faults.length > 0) return faults.map((fault) => withCode(fault, "GRAPHQL_VALIDATION_FAILED"));
    this.#lastKey += 1;
    const checked = { document, key: this.#lastKey, asksAuthorOnly: text.includes("clientMessageId") };
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
