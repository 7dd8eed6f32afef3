import { Field, Int, ObjectType } from "type-graphql";
import type { Services } from "../services.js";
import { signExpiringToken } from "../tokens/expiring-token.js";
import type { InboundOriginal } from "./inbound-original.entity.js";

/** Where originals are downloaded from. */
export const originalsPath = "/originals";
/** The purpose for which the tokens in their URLs are signed. */
export const originalPurpose = "original";

const urlLifetimeMs = 3_600_000;

@ObjectType("Original", { simpleResolvers: true, description: "A message in the form in which it was received." })
export class OriginalFile {
  @Field(() => String, { description: "`message/rfc822` for an email." })
  contentType!: string;

  @Field(() => Int)
  sizeBytes!: number;

  @Field(() => String, { description: "A signed download URL, valid for one hour." })
  url!: string;
}

/** The original as a file with a URL that is valid for an hour; null once its content has been removed. */
export function originalFileOf(services: Services, original: InboundOriginal | null): OriginalFile | null {
  if (original === null || original.sizeBytes === 0) return null;
  const { id, contentType, sizeBytes } = original;
  const token = signExpiringToken(services, originalPurpose, id, urlLifetimeMs);
  return { contentType, sizeBytes, url: `${services.config.publicUrl.replace(/\/+$/, "")}${originalsPath}/${token}` };
}
