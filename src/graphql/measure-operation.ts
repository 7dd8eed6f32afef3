import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLOutputType,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  type SelectionSetNode,
  TypeMetaFieldDef,
  type ValidationContext,
} from "graphql";

const maxPage = 100;
const defaultPage = 25;
/** The assumed length of a list without pages. */
const plainList = 10;
/** A search reads many more rows than it returns: a visitor's, all that they ever wrote. */
const searchCost = 5_000;
/** How often an introspection answers what is selected in these fields: on average over the types of the schema, or some more. */
const introspectionSizes: ReadonlyMap<string, number> = new Map([
  ["types", 100],
  // One type that is chosen may be the largest.
  ...["__type", "queryType", "mutationType", "subscriptionType"].map((name) => [name, 30] as const),
  ["fields", 3],
  ["args", 0.5],
  ["inputFields", 1],
  ["enumValues", 1.5],
  ["interfaces", 0.1],
  ["possibleTypes", 0.1],
  ["directives", 5],
  ["locations", 3],
]);

/** What an operation may ask for at most. It is known from the text alone: a page size in a variable counts as the largest. */
export interface Extent {
  readonly depth: number;
  /** How many fields are selected, each one of a fragment wherever it is spread. */
  readonly fields: number;
  /** How many rows its lists may hold, lists within lists multiplied. */
  readonly rows: number;
  /** How many rows and values its answer may hold: each field in each row, under each of its aliases. A search costs more. */
  readonly cost: number;
}

const nothing: Extent = { depth: 0, fields: 0, rows: 0, cost: 0 };

/** Measures each fragment once: fragments that spread each other would otherwise take exponential time. */
export class OperationMeasure {
  readonly #context: ValidationContext;
  readonly #fragments = new Map<string, Extent>();

  constructor(context: ValidationContext) {
    this.#context = context;
  }

  measure(operation: OperationDefinitionNode): Extent {
    const root = this.#context.getSchema().getRootType(operation.operation) ?? null;
    const extent = this.#selections(operation.selectionSet, root);
    return { ...extent, cost: Math.ceil(extent.cost) };
  }

  #selections(selectionSet: SelectionSetNode, type: GraphQLCompositeType | null): Extent {
    let { depth, fields, rows, cost } = nothing;
    const spread = new Set<string>();
    for (const selection of selectionSet.selections) {
      // A fragment that is spread twice in one place is answered once.
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        if (spread.has(selection.name.value)) continue;
        spread.add(selection.name.value);
      }
      const extent =
        selection.kind === Kind.FIELD
          ? this.#field(selection, type)
          : selection.kind === Kind.FRAGMENT_SPREAD
            ? this.#fragment(this.#context.getFragment(selection.name.value))
            : this.#selections(selection.selectionSet, this.#typeNamed(selection.typeCondition?.name.value) ?? type);
      depth = Math.max(depth, extent.depth);
      fields += extent.fields;
      rows += extent.rows;
      cost += extent.cost;
    }
    return { depth, fields, rows, cost };
  }

  #field(field: FieldNode, parent: GraphQLCompositeType | null): Extent {
    if (field.name.value === "__typename") return { ...nothing, fields: 1, cost: 1 };
    const hasFields = isObjectType(parent) || isInterfaceType(parent);
    const output = (
      rootIntrospection.get(field.name.value) ?? (hasFields ? parent.getFields()[field.name.value] : null)
    )?.type;
    if (output === undefined || field.selectionSet === undefined) return { depth: 1, fields: 1, rows: 0, cost: 1 };
    const type = getNamedType(output);
    const inner = this.#selections(field.selectionSet, isCompositeType(type) ? type : null);
    if (type.name.startsWith("__")) {
      // Introspection is as deep as types are nested, which graphql-js limits, and reads no rows.
      const size = introspectionSizes.get(field.name.value) ?? 1;
      return { depth: 0, fields: 1 + inner.fields, rows: 0, cost: 1 + size * inner.cost };
    }
    const size = listSize(field, output, parent?.name ?? "");
    return {
      depth: inner.depth + 1,
      fields: inner.fields + 1,
      rows: size === null ? inner.rows : size * (1 + inner.rows),
      cost: (size ?? 1) * (1 + inner.cost) + (maySearch(field) ? searchCost : 0),
    };
  }

  #fragment(fragment: FragmentDefinitionNode | null | undefined): Extent {
    if (fragment === null || fragment === undefined) return nothing;
    const name = fragment.name.value;
    const known = this.#fragments.get(name);
    if (known !== undefined) return known;
    // A fragment that spreads itself is refused by a rule of graphql-js; this only has to terminate.
    this.#fragments.set(name, nothing);
    const extent = this.#selections(fragment.selectionSet, this.#typeNamed(fragment.typeCondition.name.value));
    this.#fragments.set(name, extent);
    return extent;
  }

  #typeNamed(name: string | undefined): GraphQLCompositeType | null {
    const type = name === undefined ? undefined : this.#context.getSchema().getType(name);
    return isCompositeType(type) ? type : null;
  }
}

const rootIntrospection = new Map([SchemaMetaFieldDef, TypeMetaFieldDef].map((field) => [field.name, field]));

/** How many rows a field returns per parent row, at least one since it is read; null when it is not a list. */
function listSize({ arguments: given = [] }: FieldNode, output: GraphQLOutputType, parentName: string): number | null {
  if (getNamedType(output).name.endsWith("Connection")) {
    const sizes = given.filter(({ name, value }) => pageSizes.has(name.value) && value.kind !== Kind.NULL);
    if (sizes.length === 0) return defaultPage;
    return Math.max(1, ...sizes.map(({ value }) => (value.kind === Kind.INT ? Number(value.value) : maxPage)));
  }
  // Counted by the connection already.
  if (parentName.endsWith("Connection")) return null;
  return isListType(getNullableType(output)) ? plainList : null;
}

const pageSizes: ReadonlySet<string> = new Set(["first", "last"]);

/** Whether an argument is a search, or a filter that may hold one. */
function maySearch({ arguments: given = [] }: FieldNode): boolean {
  return given.some(({ name, value }) => {
    if (name.value === "search") return value.kind !== Kind.NULL;
    if (name.value !== "filter") return false;
    return value.kind === Kind.OBJECT
      ? value.fields.some((field) => field.name.value === "search")
      : value.kind !== Kind.NULL;
  });
}
