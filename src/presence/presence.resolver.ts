import { Arg, Authorized, Ctx, Mutation, Resolver } from "type-graphql";
import type { OperationContext } from "../context.js";
import { visitors } from "../graphql/permissions.js";
import { Limited } from "../limits/limited.js";
import { requireVisitor } from "../viewer.js";
import { Visitor } from "../visitors/visitor.entity.js";
import { leaveWebsite } from "./leave-website.js";
import { recordActivity } from "./record-activity.js";

@Resolver()
export class PresenceResolver {
  @Authorized(...visitors)
  @Limited({ changesOfVisitor: 1, changesOfNetwork: 1 })
  @Mutation(() => Visitor, {
    description:
      "Reports that the visitor did something on the website: typed, scrolled, opened a page. Restarts the inactivity delay.",
  })
  recordActivity(
    @Ctx() context: OperationContext,
    @Arg("page", () => String, {
      nullable: true,
      description: "The page that the visitor is on: an http(s) URL, or a path. Left out: unchanged.",
    })
    page?: string | null,
  ): Promise<Visitor> {
    return recordActivity(context.services, requireVisitor(context), page ?? undefined);
  }

  @Authorized(...visitors)
  @Limited({ changesOfVisitor: 1, changesOfNetwork: 1 })
  @Mutation(() => Visitor, {
    description:
      "Reports that the visitor is leaving the page; other open connections keep them online. Closing the WebSocket reports the same, a little later.",
  })
  leaveWebsite(@Ctx() context: OperationContext): Promise<Visitor> {
    return leaveWebsite(context.services, requireVisitor(context));
  }
}
