import type { ComponentType } from "preact";
import { Lazy } from "../parts/lazy.js";
import type { PageName } from "./route.js";

/** Pages besides the inbox are loaded when they are first opened. */
const pages: Readonly<Record<PageName, () => Promise<{ readonly Part: ComponentType }>>> = {
  preferences: () => import("../preferences/preferences-page.js"),
  deliveries: () => import("../deliveries/deliveries-page.js"),
  suppressed: () => import("../suppressed/suppressed-page.js"),
  inbound: () => import("../inbound/inbound-page.js"),
  channels: () => import("../channels/channels-page.js"),
  "contact-form": () => import("../contact-form/contact-form-page.js"),
  team: () => import("../team/team-page.js"),
  website: () => import("../website/website-page.js"),
  "set-up": () => import("../set-up/set-up-page.js"),
};

export function LazyPage({ name }: { readonly name: PageName }) {
  return <Lazy load={pages[name]} fallback={<main class="sheet" aria-busy="true" />} />;
}
