import { Arg, Authorized, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from "type-graphql";
import type { OperationContext } from "../../context.js";
import { existing } from "../../conversations/author.js";
import { admins, staff } from "../../graphql/permissions.js";
import { withoutNulls } from "../../graphql/without-nulls.js";
import { requireAgent } from "../../viewer.js";
import { Delivery } from "../deliveries/delivery.entity.js";
import { UpdateForwardingPreferenceInput } from "../forwarding-preference.resolver.js";
import { EmailPreview } from "./email-preview.js";
import { dryRunForwarding, ForwardingDryRun } from "./forwarding-dry-run.js";
import { type PreviewRequest, previewDelivery, previewEmail } from "./preview-email.js";
import { sendPreview } from "./send-preview.js";

const conversationDescription = "Whose pending replies it shows; left out: a made-up conversation.";
const preferenceDescription = "Changes of the preference, which are not stored.";

/** What would be sent, and what changing the preference would do: nothing is changed here. */
@Resolver(() => Delivery)
export class PreviewResolver {
  @Authorized(...staff)
  @Query(() => EmailPreview, {
    description:
      "The email that would be sent, made as it is for sending. Fails with DELIVERY_NOT_POSSIBLE when nothing is pending.",
  })
  async emailPreview(
    @Ctx() context: OperationContext,
    @Arg("conversationId", () => ID, { nullable: true, description: conversationDescription })
    conversationId?: string | null,
    @Arg("preference", () => UpdateForwardingPreferenceInput, { nullable: true, description: preferenceDescription })
    preference?: UpdateForwardingPreferenceInput | null,
  ): Promise<EmailPreview> {
    const viewer = requireAgent(context);
    const { name } = existing(await context.loaders.agent.load(viewer.agentId));
    return previewEmail(context.services, viewer, requestOf(conversationId, preference), name);
  }

  @Authorized(...admins)
  @Mutation(() => Boolean, {
    description:
      'Sends what `emailPreview` shows to the calling admin\'s own address, with "Preview" before its subject.',
  })
  async sendEmailPreview(
    @Ctx() context: OperationContext,
    @Arg("conversationId", () => ID, { nullable: true, description: conversationDescription })
    conversationId?: string | null,
    @Arg("preference", () => UpdateForwardingPreferenceInput, { nullable: true, description: preferenceDescription })
    preference?: UpdateForwardingPreferenceInput | null,
  ): Promise<boolean> {
    const viewer = requireAgent(context);
    const agent = existing(await context.loaders.agent.load(viewer.agentId));
    await sendPreview(context.services, viewer, requestOf(conversationId, preference), agent);
    return true;
  }

  @Authorized(...admins)
  @Query(() => ForwardingDryRun, {
    description: "What `updateForwardingPreference` with this input would do at once. Nothing is changed.",
  })
  forwardingDryRun(
    @Ctx() { services }: OperationContext,
    @Arg("preference", () => UpdateForwardingPreferenceInput) preference: UpdateForwardingPreferenceInput,
  ): Promise<ForwardingDryRun> {
    return dryRunForwarding(services, withoutNulls(preference));
  }

  @FieldResolver(() => EmailPreview, {
    nullable: true,
    description:
      "The email as it went, made again from what it carried. Null if it was never tried, is no email, or its visitor was erased.",
  })
  email(@Root() delivery: Delivery, @Ctx() { services }: OperationContext): Promise<EmailPreview | null> {
    return previewDelivery(services, delivery);
  }
}

function requestOf(
  conversationId: string | null | undefined,
  preference: UpdateForwardingPreferenceInput | null | undefined,
): PreviewRequest {
  return { conversationId: conversationId ?? null, preference: preference == null ? null : withoutNulls(preference) };
}
