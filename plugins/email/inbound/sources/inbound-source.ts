/** One way by which mail comes in, once it is open. */
export interface InboundSource {
  /** For the operator, in a sentence: where it listens or looks. */
  readonly note: () => string;
  /** What keeps mail from coming by it, for agents and operators; null: nothing does. */
  problem(): Promise<string | null>;
  /** Takes no more, and waits for what is being stored. */
  close(): Promise<void>;
}
