/** Reads the standard error of an executable: reporter lines, and lines for the task's log (PipeMapRed.MRErrorThread). */
import { LineRecordReader } from '../formats/line-record-reader.ts';

/** Number of lines, and bytes of each, that the message of a failure has. */
const LAST_LINES = 10;
const LINE_BYTES_MAX = 1000;

/** The reporter lines that were understood go to the task, all others to its log. */
export interface ErrorTarget {
  count(group: string, counter: string, by: number): void;
  setStatus(status: string): void;
  log(line: Buffer): void;
}

export class ErrorLines {
  readonly #lines = new LineRecordReader(1, Number.POSITIVE_INFINITY, { decodes: false, whole: true });
  readonly #prefix: string;
  readonly #target: ErrorTarget;
  readonly #last: string[] = [];

  /** @param prefix stream.stderr.reporter.prefix */
  constructor(prefix: string, target: ErrorTarget) {
    this.#prefix = prefix;
    this.#target = target;
  }

  /** The last lines that went to the log, for the message of a failure. */
  get last(): readonly string[] {
    return this.#last;
  }

  feed(chunk: Buffer): void {
    this.#lines.feed(chunk);
    this.#take();
  }

  end(): void {
    this.#lines.end();
    this.#take();
  }

  #take(): void {
    while (this.#lines.next()) {
      const line = this.#lines.lineBytes();
      const text = line.toString();
      if (!text.startsWith(this.#prefix) || !this.#report(text.slice(this.#prefix.length), text)) this.#log(line);
    }
  }

  /** Returns false for a line with the prefix that is no report: the log shows it to the author. */
  #report(report: string, line: string): boolean {
    if (report.startsWith('status:')) {
      this.#target.setStatus(report.slice('status:'.length).trim());
      return true;
    }
    if (!report.startsWith('counter:')) return this.#refuse(`Cannot parse reporter line: ${line}`);
    const [group = '', counter = '', amount = '', ...more] = javaSplit(report.slice('counter:'.length).trim());
    if (amount === '' || more.length > 0) return this.#refuse(`Cannot parse counter line: ${line}`);
    if (!/^[+-]?\d+$/.test(amount)) {
      return this.#refuse(`Cannot parse counter increment '${amount}' from line: ${line}`);
    }
    this.#target.count(group, counter, Number(amount));
    return true;
  }

  #refuse(message: string): true {
    this.#target.log(Buffer.from(message));
    return true;
  }

  #log(line: Buffer): void {
    this.#target.log(line);
    this.#last.push(line.toString('utf8', 0, LINE_BYTES_MAX));
    if (this.#last.length > LAST_LINES) this.#last.shift();
  }
}

/** Splits at commas as Java's split(): empty parts at the end are left out. */
function javaSplit(text: string): string[] {
  const parts = text.split(',');
  while (parts.length > 1 && parts.at(-1) === '') parts.pop();
  return parts;
}
