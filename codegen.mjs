/** Types of the operations in web/, from the schema and their text: `npm run codegen`. */
export default {
  schema: "schema.graphql",
  generates: {
    "web/client/operations.generated.ts": {
      documents: "web/client/operations.ts",
      plugins: ["typescript-operations"],
      config: {
        immutableTypes: true,
        enumType: "string-literal",
        useTypeImports: true,
        scalars: { DateTime: "string", ID: "string", JSON: "unknown" },
        arrayInputCoercion: false,
        avoidOptionals: false,
        dedupeFragments: true,
        skipTypename: true,
        declarationKind: "interface",
      },
    },
  },
};
