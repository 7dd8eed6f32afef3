import { document, type NoVariables } from "../api/document.js";
import type * as Types from "../api/operations.generated.js";

const setUpText = /* GraphQL */ `
  query SetUp { setUp { id done detail } }
`;
export const setUp = document<Types.SetUpQuery, NoVariables>(setUpText);
