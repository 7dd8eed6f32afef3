import { Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import type { OperationContext } from "../context.js";
import { Attachment } from "./attachment.entity.js";
import { attachmentUrl } from "./attachment-url.js";

const hourMs = 3_600_000;

@Resolver(() => Attachment)
export class AttachmentResolver {
  @FieldResolver(() => String, { description: "A signed download URL, valid for one hour." })
  url(@Root() attachment: Attachment, @Ctx() { services }: OperationContext): string {
    return attachmentUrl(services, attachment.id, hourMs);
  }
}
