import { Arg, Authorized, Ctx, ID, Mutation, Resolver } from "type-graphql";
import type { OperationContext } from "../context.js";
import { admins } from "../graphql/permissions.js";
import { Visitor } from "../visitors/visitor.entity.js";
import { eraseVisitor } from "./erase-visitor.js";

@Resolver()
export class ErasureResolver {
  @Authorized(...admins)
  @Mutation(() => Visitor, {
    description: "D  Erases who the visitor was: name, addresses, texts. Queued deliveries are cancelled.",
  })
  eraseVisitor(@Ctx() { services }: OperationContext, @Arg("visitorId", () => ID) visitorId: string): Promise<Visitor> {
    return eraseVisitor(services, visitorId);
  }
}
