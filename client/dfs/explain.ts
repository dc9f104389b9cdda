/** The steps of a read and a write, as textbooks number them, for `--explain`. */
/** Receives one line per step of a read or write: `hdfs dfs --explain -put` and `-cat` print these lines. */
export type Explain = (line: string) => void;

export const READ_STEPS = {
  1: 'open() on the DistributedFileSystem',
  2: 'the NameNode is asked over RPC where the blocks are',
  3: 'it answers with the DataNodes of each block, nearest first',
  4: 'an input stream is returned; its first read connects to the nearest DataNode',
  5: 'packets stream from the DataNode, checksums are verified',
  6: "at the block's end the connection is released and the next block's nearest DataNode is looked up",
  7: 'close()',
} as const;

export const WRITE_STEPS = {
  1: 'create() on the DistributedFileSystem',
  2: 'the NameNode checks that the file may be created and records it, without blocks',
  3: 'an output stream is returned',
  4: 'what is written is cut into packets, which wait in the data queue',
  5: 'the DataStreamer asks the NameNode for a block and the DataNodes for its replicas',
  6: 'the DataNodes form a pipeline',
  7: 'the DataStreamer sends packets to the first DataNode',
  8: 'each DataNode stores a packet and passes it on to the next',
  9: 'packets sent wait in the ack queue',
  10: 'a packet that every DataNode has acknowledged leaves the ack queue',
  11: 'close() flushes the rest and waits for the last acknowledgement',
  12: 'the NameNode is told that the file is complete',
} as const;

/**
 * Prints the steps of one stream. A step is printed with its words the first time, and after that only with its detail.
 * A step that happens once per packet is printed for the 1st, 2nd, 4th, 8th, … packet of a block.
 */
export class StepTeller {
  readonly #process: 'read' | 'write';
  readonly #explain: Explain | undefined;
  readonly #told = new Set<number>();
  readonly #counts = new Map<number, number>();

  constructor(process: 'read' | 'write', explain: Explain | undefined) {
    this.#process = process;
    this.#explain = explain;
  }

  /** False if nobody listens: the caller then saves the work of composing details. */
  get isOn(): boolean {
    return this.#explain !== undefined;
  }

  tell(step: keyof typeof WRITE_STEPS, detail: string): void {
    if (!this.#explain) return;
    const words = this.#process === 'read' ? READ_STEPS[step as keyof typeof READ_STEPS] : WRITE_STEPS[step];
    this.#explain(`${this.#process} ${step}. ${this.#told.has(step) ? '' : `${words}: `}${detail}`);
    this.#told.add(step);
  }

  /** Prints a step that happens once per packet. */
  tellSome(step: keyof typeof WRITE_STEPS, detail: () => string): void {
    if (!this.#explain) return;
    const count = (this.#counts.get(step) ?? 0) + 1;
    this.#counts.set(step, count);
    if ((count & (count - 1)) === 0) this.tell(step, detail());
  }

  /** Prints a remark between the steps, such as a failure or an answer. */
  note(text: string): void {
    this.#explain?.(`${this.#process}    ${text}`);
  }

  /** Starts counting packets anew, at the start of each block. */
  reset(): void {
    this.#counts.clear();
  }
}
