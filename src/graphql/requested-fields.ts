import {
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isAbstractType,
  type OperationDefinitionNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from "graphql";

/**
 * The names of the fields that an operation requests, by the name of their object type. A field of an interface counts
 * for every type that implements it.
 */
export type RequestedFields = ReadonlyMap<string, ReadonlySet<string>>;

type Asker = Pick<GraphQLResolveInfo, "operation" | "fragments" | "schema">;

// Documents are cached by text, so equal requests share the same operation object.
const known = new WeakMap<OperationDefinitionNode, RequestedFields>();

/**
 * All fields that an operation may request of each type, wherever in the operation: a row that was read with these columns
 * can be returned at every place of the response. More than needed where a directive skips fields, or where a fragment
 * belongs to another operation.
 */
export function requestedFields({ operation, fragments, schema }: Asker): RequestedFields {
  let asked = known.get(operation);
  if (asked === undefined) {
    asked = collect([operation, ...Object.values(fragments)], schema);
    known.set(operation, asked);
  }
  return asked;
}

function collect(definitions: readonly Parameters<typeof visit>[0][], schema: GraphQLSchema): RequestedFields {
  const types = new TypeInfo(schema);
  const asked = new Map<string, Set<string>>();
  const visitor = visitWithTypeInfo(types, {
    Field: ({ name }) => {
      const parent = types.getParentType();
      if (parent == null) return;
      for (const type of isAbstractType(parent) ? schema.getPossibleTypes(parent) : [parent]) {
        asked.set(type.name, (asked.get(type.name) ?? new Set<string>()).add(name.value));
      }
    },
  });
  for (const definition of definitions) visit(definition, visitor);
  return asked;
}

/** Whether only these fields of the type are requested. `__typename` needs no row. */
export function requestsOnly(asked: RequestedFields, typeName: string, fields: ReadonlySet<string>): boolean {
  for (const field of asked.get(typeName) ?? []) if (field !== "__typename" && !fields.has(field)) return false;
  return true;
}

export function requestsField(asked: RequestedFields, typeName: string, field: string): boolean {
  return asked.get(typeName)?.has(field) ?? false;
}
