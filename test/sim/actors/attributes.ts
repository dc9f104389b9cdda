// Knows which attributes each file must have: those that were acknowledged, or either value after an unanswered call.

/** The attributes that clients set. */
export type AttributeName = 'permission' | 'owner' | 'modified' | 'replication';

/** What is known of one attribute of one file. */
interface Known {
  /** Values of which the file has one. */
  readonly possible: readonly string[];
}

/** The attributes of a file at one time, to be compared with what the NameNode says afterwards. */
export type AttributesSeen = ReadonlyMap<AttributeName, Known>;

/**
 * A call that took longer may have been sent twice. The setters are idempotent and not at most once (Hadoop:
 * ClientProtocol), so a late copy of such a call would undo a later one.
 */
const QUICK_MS = 1000;

/** The attributes of one file that calls have set. An attribute that no call has set is not known. */
export class FileAttributes {
  readonly #known = new Map<AttributeName, Known>();
  /** Attributes for which a call may still be under way, though its client has given up or sent it again. */
  readonly #frozen = new Set<AttributeName>();

  /** Whether a further call may set the attribute. A late copy of a call that has failed may run after it. */
  maySet(name: AttributeName): boolean {
    return !this.#frozen.has(name);
  }

  /** Records that a call asks for a value: from now on the file has it or one of those before. */
  asked(name: AttributeName, value: string): void {
    const possible = this.#known.get(name)?.possible;
    this.#frozen.add(name);
    // Before the first answer the old value is not known, and so nothing is.
    if (possible === undefined) this.#known.delete(name);
    else this.#known.set(name, { possible: [...possible, value] });
  }

  acked(name: AttributeName, value: string, tookMs: number): void {
    this.#known.set(name, { possible: [value] });
    if (tookMs <= QUICK_MS) this.#frozen.delete(name);
  }

  /** Records that the programs themselves may change the attribute from now on. */
  forget(name: AttributeName): void {
    this.#known.delete(name);
  }

  /** Returns what is known now. */
  seen(): AttributesSeen {
    return new Map(this.#known);
  }

  /** Returns in words how a status differs from what was known before it was asked for; undefined if it does not. */
  difference(before: AttributesSeen, status: Readonly<Record<AttributeName, string>>): string | undefined {
    for (const [name, known] of before) {
      // What changed while the question was under way proves nothing.
      if (this.#known.get(name) !== known || known.possible.includes(status[name])) continue;
      return `${name} is ${status[name]}, acknowledged was ${known.possible.join(' or ')}`;
    }
    return undefined;
  }
}
