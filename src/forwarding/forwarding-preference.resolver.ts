import {
  Arg,
  Authorized,
  Ctx,
  Field,
  FieldResolver,
  InputType,
  Int,
  Mutation,
  Query,
  Resolver,
  Root,
  Subscription,
} from "type-graphql";
import { Agent } from "../agents/agent.entity.js";
import type { OperationContext } from "../context.js";
import type { ChangeOf } from "../events/events.js";
import { admins, staff } from "../graphql/permissions.js";
import { withoutNulls } from "../graphql/without-nulls.js";
import type { MaybePromise } from "../maybe-promise.js";
import { requireAgent } from "../viewer.js";
import { ForwardingMode, ForwardingPreference, UnprovenAddress } from "./forwarding-preference.entity.js";
import { readPreference } from "./read-preference.js";
import { updateForwardingPreference } from "./update-preference.js";

@InputType()
export class UpdateForwardingPreferenceInput {
  @Field(() => ForwardingMode, { nullable: true })
  mode?: ForwardingMode | null;

  @Field(() => Int, { nullable: true, description: "0 to 86,400." })
  visitorLeftDelaySeconds?: number | null;

  @Field(() => Int, { nullable: true, description: "60 to 604,800." })
  inactivityDelaySeconds?: number | null;

  @Field(() => Int, { nullable: true, description: "0 to 600." })
  settleSeconds?: number | null;

  @Field(() => Int, { nullable: true, description: "0 to 50." })
  contextMessages?: number | null;

  @Field(() => Int, { nullable: true, description: "0 to 100." })
  shortConversationMessages?: number | null;

  @Field(() => UnprovenAddress, { nullable: true })
  unprovenAddress?: UnprovenAddress | null;
}

@Resolver(() => ForwardingPreference)
export class ForwardingPreferenceResolver {
  @Authorized(...staff)
  @Query(() => ForwardingPreference, { description: "How replies are forwarded." })
  forwardingPreference(@Ctx() { services }: OperationContext): Promise<ForwardingPreference> {
    return readPreference(services.database.query.bind(services.database));
  }

  @Authorized(...admins)
  @Mutation(() => ForwardingPreference, {
    description:
      "Changes how replies are forwarded, at once for everything not yet sent. Fields that are left out or null stay as they are.",
  })
  updateForwardingPreference(
    @Ctx() context: OperationContext,
    @Arg("input", () => UpdateForwardingPreferenceInput) input: UpdateForwardingPreferenceInput,
  ): Promise<ForwardingPreference> {
    return updateForwardingPreference(context.services, requireAgent(context), withoutNulls(input));
  }

  @Authorized(...staff)
  @Subscription(() => ForwardingPreference, {
    description: "An admin saved how replies are forwarded.",
    subscribe: ({ context }: { context: OperationContext }) =>
      context.services.events.subscribe("forwardingPreferenceUpdated", "all"),
  })
  forwardingPreferenceUpdated(
    @Root() event: ChangeOf<"forwardingPreferenceUpdated">,
    @Ctx() context: OperationContext,
  ): Promise<ForwardingPreference> {
    context.loadersOf(event);
    const { database } = context.services;
    const known = preferencesByEvent.get(event) ?? readPreference(database.query.bind(database));
    preferencesByEvent.set(event, known);
    return known;
  }

  @FieldResolver(() => Agent, { nullable: true, description: "The admin who last changed it; null if nobody has." })
  updatedBy(
    @Root() preference: ForwardingPreference,
    @Ctx() { loaders }: OperationContext,
  ): MaybePromise<Agent | null> {
    return preference.updatedById === null ? null : loaders.agent.load(preference.updatedById);
  }
}

/** Read once for all who receive an event. */
const preferencesByEvent = new WeakMap<ChangeOf<"forwardingPreferenceUpdated">, Promise<ForwardingPreference>>();
