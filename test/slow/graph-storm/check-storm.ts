/** A delivery of one reply, as stored at the end. */
export interface StormDelivery {
  readonly mark: string;
  readonly status: string;
  readonly conversationId: string;
  /** Of the reply in its conversation. */
  readonly position: number;
}

export interface StormOutcome {
  /** Replies that the API acknowledged. */
  readonly written: readonly string[];
  /** The texts that Meta accepted, in order of arrival. */
  readonly taken: readonly string[];
  readonly deliveries: readonly StormDelivery[];
  /** Messages in conversations that neither a visitor nor the script wrote. */
  readonly phantoms: number;
  /** Requests that were neither answered nor accepted, and those in progress when the program was killed. */
  readonly maxUncertain: number;
}

/** Describes each broken guarantee. Pure. */
export function checkStorm({ written, taken, deliveries, phantoms, maxUncertain }: StormOutcome): string[] {
  const times = Map.groupBy(taken, (text) => text);
  const byMark = new Map(deliveries.map((delivery) => [delivery.mark, delivery]));
  const uncertain = deliveries.filter(({ status }) => status === "UNCERTAIN");
  return [
    ...[...times].filter(([, all]) => all.length > 1).map(([mark, all]) => `${mark} arrived ${all.length} times`),
    ...[...times.keys()].filter((mark) => !byMark.has(mark)).map((mark) => `${mark} arrived, but was never written`),
    ...written.filter((mark) => !byMark.has(mark)).map((mark) => `${mark} has no delivery`),
    ...(byMark.size === deliveries.length ? [] : ["a reply has two deliveries"]),
    ...deliveries.flatMap(({ mark, status }) => {
      const arrived = times.has(mark);
      if (status === "SENT" || status === "DELIVERED") return arrived ? [] : [`${mark} is ${status} and never arrived`];
      if (status !== "UNCERTAIN") return [`${mark} ended ${status}`];
      return arrived ? [`${mark} is UNCERTAIN although its echo arrived`] : [];
    }),
    ...(uncertain.length <= maxUncertain ? [] : [`${uncertain.length} are UNCERTAIN, at most ${maxUncertain} allowed`]),
    ...(phantoms === 0
      ? []
      : [`${phantoms} messages in the conversations were not written by the script or a visitor`]),
    ...findDisorder(taken, byMark),
  ];
}

function findDisorder(taken: readonly string[], byMark: ReadonlyMap<string, StormDelivery>): string[] {
  const newest = new Map<string, number>();
  return taken.flatMap((mark) => {
    const delivery = byMark.get(mark);
    if (delivery === undefined) return [];
    const before = newest.get(delivery.conversationId) ?? 0;
    newest.set(delivery.conversationId, Math.max(before, delivery.position));
    return delivery.position < before ? [`${mark} arrived after a later reply`] : [];
  });
}
