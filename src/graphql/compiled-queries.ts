import { type ApolloServerPlugin, HeaderMap } from "@apollo/server";
import {
  BREAK,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  visit,
} from "graphql";
import { type CompiledQuery, compileQuery, isCompiledQuery } from "graphql-jit";
import { LRUCache } from "lru-cache";
import type { ViewersContext } from "./api.js";
import { documentBytes, maxCachedBytes, maxCachedDocumentBytes } from "./document-size.js";
import { fieldsOf } from "./query-limits.js";
import { requestedFields, requestsField } from "./requested-fields.js";

/** Compiling a query costs as much as executing it a few times, so only frequent queries are compiled. */
const worthCompilingAfter = 20;
const maxCompiled = 200;
/**
 * Several times what a frontend asks for. Code is generated for each field wherever its fragment is spread: a text of 1,300
 * characters can select 20,000 fields, and would take seconds.
 */
const maxCompiledFields = 500;

interface Compiled {
  /** Null for a query that cannot be compiled. */
  readonly query: CompiledQuery["query"] | null;
  /** Of its document; the code that is generated from it grows with it. */
  readonly bytes: number;
}

interface AskedQuery {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly context: object;
}

/**
 * Executes frequent queries by compiled code, at a third of the cost of walking through the document. Only successful
 * results are used: with invalid variables, or when anything fails, graphql-js executes the query again, so that errors
 * are always its own. Queries have no side effects; mutations are neither compiled nor executed twice.
 */
export class CompiledQueries {
  readonly #schema: GraphQLSchema;
  readonly #timesAsked = new WeakMap<OperationDefinitionNode, number>();
  readonly #compiled = new LRUCache<OperationDefinitionNode, Compiled>({
    max: maxCompiled,
    maxSize: maxCachedBytes,
    maxEntrySize: maxCachedDocumentBytes,
    sizeCalculation: ({ bytes }) => bytes,
  });

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
  }

  /** The data; null when graphql-js has to execute the query. */
  async answer(asked: AskedQuery): Promise<Record<string, unknown> | null> {
    const { operation, variables, context } = asked;
    const query = this.#compiledFor(asked);
    if (query === null || !this.#fit(operation, variables)) return null;
    const { data, errors } = await query(undefined, context, variables);
    return errors === undefined || errors.length === 0 ? (data ?? null) : null;
  }

  #compiledFor(asked: AskedQuery): CompiledQuery["query"] | null {
    const { operation } = asked;
    if (operation.operation !== OperationTypeNode.QUERY) return null;
    const known = this.#compiled.get(operation);
    if (known !== undefined) return known.query;
    const timesAsked = (this.#timesAsked.get(operation) ?? 0) + 1;
    this.#timesAsked.set(operation, timesAsked);
    if (timesAsked <= worthCompilingAfter) return null;
    const query = this.#compile(asked);
    // If it is evicted, it has to become frequent again.
    this.#timesAsked.delete(operation);
    this.#compiled.set(operation, { query, bytes: documentBytes(asked.document) });
    return query;
  }

  #compile({ document, operation }: AskedQuery): CompiledQuery["query"] | null {
    if (fieldsOf(operation) > maxCompiledFields) return null;
    const asked = requestedFields({ operation, fragments: fragmentsOf(document), schema: this.#schema });
    // Introspection is rare, and left to graphql-js.
    if (requestsField(asked, "Query", "__schema") || requestsField(asked, "Query", "__type")) return null;
    // graphql-jit 0.8.9 drops fields that one fragment selects conditionally and another unconditionally.
    if (hasDirectives(document)) return null;
    // The compiled code builds object literals with the client's aliases, and __proto__ would set the prototype.
    if (document.loc?.source.body.includes("__proto__") !== false) return null;
    const options = { disablingCapturingStackErrors: true };
    const compiled = compileQuery(this.#schema, document, operation.name?.value, options);
    return isCompiledQuery(compiled) ? compiled.query : null;
  }

  #fit({ variableDefinitions }: OperationDefinitionNode, variables: Readonly<Record<string, unknown>>): boolean {
    if (variableDefinitions === undefined || variableDefinitions.length === 0) return true;
    return getVariableValues(this.#schema, variableDefinitions, variables, { maxErrors: 1 }).errors === undefined;
  }
}

/** Tries compiled queries before Apollo's own execution. */
export function answerCompiled(schema: GraphQLSchema): ApolloServerPlugin<ViewersContext> {
  const queries = new CompiledQueries(schema);
  return {
    requestDidStart: async () => ({
      responseForOperation: async ({ document, operation: chosen, request, contextValue }) => {
        // Undefined, contrary to its type, if the request names none of the document's operations.
        const operation: OperationDefinitionNode | undefined = chosen;
        if (operation === undefined) return null;
        const variables = request.variables ?? {};
        const data = await queries.answer({ document, operation, variables, context: contextValue });
        if (data === null) return null;
        return { http: { headers: new HeaderMap() }, body: { kind: "single", singleResult: { data } } };
      },
    }),
  };
}

function hasDirectives(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Directive: () => {
      found = true;
      return BREAK;
    },
  });
  return found;
}

function fragmentsOf({ definitions }: DocumentNode): Record<string, FragmentDefinitionNode> {
  const fragments = definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  return Object.fromEntries(fragments.map((fragment) => [fragment.name.value, fragment]));
}
