/** Divides the output of a task process among its attempts. */

/** Returns the bytes that a task process writes after the output of an attempt. */
export function endMark(attemptId: string): Buffer {
  return Buffer.from(`\0calf end of ${attemptId}\0\n`);
}

interface AttemptOutput {
  readonly mark: Buffer;
  write(bytes: Buffer): void;
  /** Whether the mark has come. Its own child processes may print after it, until the next attempt runs. */
  hasEnded: boolean;
}

/** The output of one pipe: the bytes before the mark of an attempt are the attempt's. */
export class OutputSplit {
  readonly #attempts: AttemptOutput[] = [];
  /** The end of the bytes, which may be the begin of a mark. */
  #rest: Buffer = Buffer.alloc(0);

  /** Adds the attempt that runs after those that were added. */
  add(attemptId: string, write: (bytes: Buffer) => void): void {
    if (this.#attempts[0]?.hasEnded) this.#attempts.shift();
    this.#attempts.push({ mark: endMark(attemptId), write, hasEnded: false });
  }

  feed(chunk: Buffer): void {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = Buffer.alloc(0);
    for (;;) {
      const [current] = this.#attempts;
      if (!current) return;
      const at = current.hasEnded ? -1 : bytes.indexOf(current.mark);
      if (at < 0) {
        const kept = current.hasEnded ? 0 : beginOfMark(bytes, current.mark);
        if (bytes.length > kept) current.write(bytes.subarray(0, bytes.length - kept));
        this.#rest = bytes.subarray(bytes.length - kept);
        return;
      }
      if (at > 0) current.write(bytes.subarray(0, at));
      bytes = bytes.subarray(at + current.mark.length);
      current.hasEnded = true;
      if (this.#attempts.length > 1) this.#attempts.shift();
    }
  }

  /** Gives the last bytes, at the end of the pipe. */
  end(): void {
    if (this.#rest.length > 0) this.#attempts[0]?.write(this.#rest);
    this.#rest = Buffer.alloc(0);
  }
}

/** Returns the length of the longest end of the bytes that begins the mark. */
function beginOfMark(bytes: Buffer, mark: Buffer): number {
  for (let length = Math.min(bytes.length, mark.length - 1); length > 0; length--) {
    if (bytes.subarray(bytes.length - length).equals(mark.subarray(0, length))) return length;
  }
  return 0;
}
