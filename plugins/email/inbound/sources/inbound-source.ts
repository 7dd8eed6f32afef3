/** An open source of incoming email. */
export interface InboundSource {
  /** A sentence for the operator: where it listens or reads. */
  readonly note: () => string;
  /** Why it does not receive email, for agents and operators; null: it does. */
  problem(): Promise<string | null>;
  /** Accepts no more email, and waits until what it has received is stored. */
  close(): Promise<void>;
}
