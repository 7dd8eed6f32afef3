import { type GraphQLResolveInfo, type OperationDefinitionNode, TypeInfo, visit, visitWithTypeInfo } from "graphql";

/** The names of the fields that an operation asks for, by the name of the object type that has them. */
export type RequestedFields = ReadonlyMap<string, ReadonlySet<string>>;

type Asker = Pick<GraphQLResolveInfo, "operation" | "fragments" | "schema">;

// Documents are parsed once, so an operation is the same object for every request that sends the same text.
const known = new WeakMap<OperationDefinitionNode, RequestedFields>();

/**
 * What the operation can ask of each type, wherever it stands in it: a row that is read for all of this can be shown at
 * every place of the answer. More than that where a directive leaves fields out, or a fragment belongs to another operation.
 */
export function requestedFields({ operation, fragments, schema }: Asker): RequestedFields {
  let asked = known.get(operation);
  if (asked === undefined) {
    asked = collect([operation, ...Object.values(fragments)], new TypeInfo(schema));
    known.set(operation, asked);
  }
  return asked;
}

function collect(definitions: readonly Parameters<typeof visit>[0][], types: TypeInfo): RequestedFields {
  const asked = new Map<string, Set<string>>();
  const visitor = visitWithTypeInfo(types, {
    Field: ({ name }) => {
      const parent = types.getParentType()?.name ?? "";
      asked.set(parent, (asked.get(parent) ?? new Set<string>()).add(name.value));
    },
  });
  for (const definition of definitions) visit(definition, visitor);
  return asked;
}

/** Whether nothing of the type is asked for but these fields. `__typename` needs no row. */
export function requestsOnly(asked: RequestedFields, typeName: string, fields: ReadonlySet<string>): boolean {
  for (const field of asked.get(typeName) ?? []) if (field !== "__typename" && !fields.has(field)) return false;
  return true;
}

export function requestsField(asked: RequestedFields, typeName: string, field: string): boolean {
  return asked.get(typeName)?.has(field) ?? false;
}
