import {
  type ASTVisitor,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  GraphQLError,
  type GraphQLOutputType,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type ParseOptions,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from "graphql";
import { refuseIntrospection } from "./refuse-introspection.js";

/** The rules for operations beside those of GraphQL. */
export function rulesFor({ introspection }: { readonly introspection: boolean }): ValidationRule[] {
  return introspection ? [queryLimits] : [refuseIntrospection, queryLimits];
}

/** More tokens than any client's query needs: parsing stops there. */
export const parseOptions: ParseOptions = { maxTokens: 5000 };

const deepest = 12;
/** How many rows one operation may request in nested lists: two full pages nested in each other, and some. */
const maxRows = 20_000;
const maxPage = 100;
const defaultPage = 25;
/** The assumed length of a list without pages. */
const plainList = 10;

interface Extent {
  readonly depth: number;
  readonly rows: number;
}

/** Refuses operations that are nested too deeply, or that request too many rows by lists within lists. */
function queryLimits(context: ValidationContext): ASTVisitor {
  const measure = new Measure(context);
  return {
    OperationDefinition(operation) {
      const { depth, rows } = measure.operation(operation);
      if (depth > deepest)
        report(context, operation, `This operation is ${depth} levels deep: ${deepest} are allowed.`);
      if (rows > maxRows) {
        report(
          context,
          operation,
          `This operation asks for up to ${rows} rows: ${maxRows} are allowed. Ask for smaller pages.`,
        );
      }
      return false;
    },
  };
}

function report(context: ValidationContext, operation: OperationDefinitionNode, message: string): void {
  context.reportError(new GraphQLError(message, { nodes: operation }));
}

/** Measures each fragment once: fragments that spread each other would otherwise take exponential time. */
class Measure {
  readonly #context: ValidationContext;
  readonly #fragments = new Map<string, Extent>();

  constructor(context: ValidationContext) {
    this.#context = context;
  }

  operation(operation: OperationDefinitionNode): Extent {
    return this.#selections(operation.selectionSet, this.#context.getSchema().getRootType(operation.operation) ?? null);
  }

  #selections(selectionSet: SelectionSetNode, type: GraphQLCompositeType | null): Extent {
    let depth = 0;
    let rows = 0;
    for (const selection of selectionSet.selections) {
      const extent =
        selection.kind === Kind.FIELD
          ? this.#field(selection, type)
          : selection.kind === Kind.FRAGMENT_SPREAD
            ? this.#fragment(this.#context.getFragment(selection.name.value))
            : this.#selections(selection.selectionSet, this.#typeNamed(selection.typeCondition?.name.value) ?? type);
      depth = Math.max(depth, extent.depth);
      rows += extent.rows;
    }
    return { depth, rows };
  }

  #field(field: FieldNode, parent: GraphQLCompositeType | null): Extent {
    // Introspection is as deep as types are nested, and reads no rows.
    if (field.name.value.startsWith("__")) return { depth: 0, rows: 0 };
    const hasFields = isObjectType(parent) || isInterfaceType(parent);
    const output = hasFields ? parent.getFields()[field.name.value]?.type : undefined;
    if (output === undefined || field.selectionSet === undefined) return { depth: 1, rows: 0 };
    const type = getNamedType(output);
    const inner = this.#selections(field.selectionSet, isCompositeType(type) ? type : null);
    const size = listSize(field, output, parent?.name ?? "");
    return { depth: inner.depth + 1, rows: size === null ? inner.rows : size * (1 + inner.rows) };
  }

  #fragment(fragment: FragmentDefinitionNode | null | undefined): Extent {
    const nothing = { depth: 0, rows: 0 };
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

/** How many rows a field returns per parent row; null when it is not a list. */
function listSize(field: FieldNode, output: GraphQLOutputType, parentName: string): number | null {
  if (getNamedType(output).name.endsWith("Connection")) {
    const size = field.arguments?.find(({ name }) => name.value === "first" || name.value === "last")?.value;
    if (size === undefined || size.kind === Kind.NULL) return defaultPage;
    return size.kind === Kind.INT ? Math.max(0, Number(size.value)) : maxPage;
  }
  // Counted by the connection already.
  if (parentName.endsWith("Connection")) return null;
  return isListType(getNullableType(output)) ? plainList : null;
}
