import { type ASTVisitor, GraphQLError, type ValidationContext } from "graphql";

const message =
  "Introspection is off on this server: its types are in schema.graphql of Afterchat's repository. " +
  "The operator can turn it on with GRAPHQL_EXPLORER=on.";

/** A validation rule that refuses operations with `__schema` or `__type`; `__typename` stays allowed. */
export function refuseIntrospection(context: ValidationContext): ASTVisitor {
  return {
    Field(field) {
      if (field.name.value !== "__schema" && field.name.value !== "__type") return;
      context.reportError(new GraphQLError(message, { nodes: field }));
    },
  };
}
