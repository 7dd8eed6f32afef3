/** The delivery that a message belongs to; Meta returns it in `message.metadata` of Messenger's echoes. */
export interface EchoMetadata {
  readonly deliveryId: string;
  /** `last`: the delivery is complete with this message. `earlier`: more messages of the delivery follow. */
  readonly part: "last" | "earlier";
}

/**
 * Only the delivery's id for its last message. Earlier ones have " +" appended, since they do not complete the
 * delivery.
 */
export function writeEchoMetadata({ deliveryId, part }: EchoMetadata): string {
  return part === "last" ? deliveryId : `${deliveryId} +`;
}

/** Null if it is not Afterchat's. */
export function readEchoMetadata(metadata: string): EchoMetadata | null {
  const [, deliveryId, more] = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})( \+)?$/.exec(metadata) ?? [];
  if (deliveryId === undefined) return null;
  return { deliveryId, part: more === undefined ? "last" : "earlier" };
}
