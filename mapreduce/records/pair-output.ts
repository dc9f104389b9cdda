/** An output that takes pairs: a file that a format's writer makes. */
export interface PairOutput {
  /** Makes the file. Without this call, the first flush() makes it, if there is a pair. */
  open(): Promise<void>;
  /** Takes a pair. The pair may be changed afterwards. */
  write(key: unknown, value: unknown): void;
  /** Whether flush() is due. */
  readonly isFull: boolean;
  /** Number of bytes in memory that flush() would write, about. */
  readonly pendingBytes: number;
  flush(): Promise<void>;
  /** Writes the rest. The files stay open: they belong to the attempt. */
  close(): Promise<void>;
  abort(): Promise<void>;
}
