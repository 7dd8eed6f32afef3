/** Types of the operations in web/, from the schema and their text: `npm run codegen`. */
const config = {
  immutableTypes: true,
  enumType: "string-literal",
  useTypeImports: true,
  scalars: { DateTime: "string", ID: "string", JSON: "unknown" },
  arrayInputCoercion: false,
  avoidOptionals: false,
  dedupeFragments: true,
  skipTypename: true,
  declarationKind: "interface",
};
const plugins = ["typescript-operations"];

export default {
  schema: "schema.graphql",
  generates: {
    "web/client/operations.generated.ts": { documents: "web/client/operations.ts", plugins, config },
    // Variables as types, since urql takes them by an index signature, which interfaces lack.
    "web/console/api/operations.generated.ts": {
      documents: "web/console/**/{fragments,operations}.ts",
      plugins,
      config: { ...config, declarationKind: "type" },
    },
  },
};
