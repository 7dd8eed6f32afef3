import { GraphQLScalarType } from "graphql";
import { GraphQLJSON } from "graphql-scalars";

/** Input whose shape a channel decides. */
export const Json = new GraphQLScalarType({
  ...GraphQLJSON.toConfig(),
  name: "JSON",
  description: "Any JSON value.",
});
