/** All that the explorer uses of React, whose types are packages of their own. */
declare module "react" {
  export type ReactElement = { readonly type: unknown };
  export function createElement<Props>(component: (props: Props) => unknown, props: Props): ReactElement;
}

declare module "react-dom/client" {
  import type { ReactElement } from "react";
  export function createRoot(container: Element): { render(element: ReactElement): void };
}
