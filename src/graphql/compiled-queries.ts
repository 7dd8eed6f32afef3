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
import { requestedFields, requestsField } from "./requested-fields.js";

/** Making code for a query takes as long as answering it a few times: it must come again and again to be worth that. */
const worthCompilingAfter = 20;
const maxCompiled = 200;

interface AskedQuery {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly context: object;
}

/**
 * Answers queries that are asked often by code that is made for each of them, which costs a third of walking through the
 * document. It answers what succeeds and nothing else: with wrong variables, or when anything fails on the way, graphql-js
 * executes the query as if nothing had been tried, so that errors are always its own. Queries change nothing; mutations
 * are never tried twice, nor compiled.
 */
export class CompiledQueries {
  readonly #schema: GraphQLSchema;
  readonly #timesAsked = new WeakMap<OperationDefinitionNode, number>();
  /** Null: it cannot be compiled. */
  readonly #compiled = new LRUCache<OperationDefinitionNode, { readonly query: CompiledQuery["query"] | null }>({
    max: maxCompiled,
  });

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
  }

  /** The data; null when graphql-js is to find out what there is to say. */
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
    // Should others push it out, it has to come as often again.
    this.#timesAsked.delete(operation);
    this.#compiled.set(operation, { query });
    return query;
  }

  #compile({ document, operation }: AskedQuery): CompiledQuery["query"] | null {
    const asked = requestedFields({ operation, fragments: fragmentsOf(document), schema: this.#schema });
    // Introspection is rare, and graphql-js's own.
    if (requestsField(asked, "Query", "__schema") || requestsField(asked, "Query", "__type")) return null;
    // graphql-jit 0.8.9 leaves out fields that one fragment has under a condition and another without.
    if (hasDirectives(document)) return null;
    // The code makes object literals of the names that the client chose, and this one is none of a property there.
    if (document.loc?.source.body.includes("__proto__") !== false) return null;
    const options = { disablingCapturingStackErrors: true };
    const compiled = compileQuery(this.#schema, document, operation.name?.value, options);
    return isCompiledQuery(compiled) ? compiled.query : null;
  }

  #fit({ variableDefinitions }: OperationDefinitionNode, variables: Readonly<Record<string, unknown>>): boolean {
    if (variableDefinitions === undefined || variableDefinitions.length === 0) return true;
    return getVariableValues(this.#schema, variableDefinitions, variables).errors === undefined;
  }
}

/** Puts compiled queries before Apollo's own execution. */
export function answerCompiled(schema: GraphQLSchema): ApolloServerPlugin<object> {
  const queries = new CompiledQueries(schema);
  return {
    requestDidStart: async () => ({
      responseForOperation: async ({ document, operation, request, contextValue }) => {
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
