/** Which delivery a message belongs to, as Meta gives it back in `message.metadata` of Messenger's echoes. */
export interface EchoMetadata {
  readonly deliveryId: string;
  /** `last`: with it, all of the delivery has been sent. `earlier`: more of the same delivery follows it. */
  readonly part: "last" | "earlier";
}

/** The delivery's id alone for its last message; an earlier one has " +" behind it, and must not settle the delivery. */
export function writeEchoMetadata({ deliveryId, part }: EchoMetadata): string {
  return part === "last" ? deliveryId : `${deliveryId} +`;
}

/** Null: not ours. */
export function readEchoMetadata(metadata: string): EchoMetadata | null {
  const [, deliveryId, more] = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})( \+)?$/.exec(metadata) ?? [];
  if (deliveryId === undefined) return null;
  return { deliveryId, part: more === undefined ? "last" : "earlier" };
}
