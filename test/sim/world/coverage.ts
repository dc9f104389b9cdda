/** Counts how often each state, transition, fault and recovery path was reached, over all seeds. */
export class Coverage {
  readonly counts = new Map<string, number>();

  hit(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  add(other: Iterable<readonly [string, number]>): void {
    for (const [what, count] of other) this.counts.set(what, (this.counts.get(what) ?? 0) + count);
  }

  /**
   * Returns lines of the form `kind: state count, …`. The kind is the part of the counted name before its first space.
   */
  report(): string[] {
    const kinds = new Map<string, string[]>();
    for (const [what, count] of [...this.counts].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const at = what.indexOf(' ');
      const list = kinds.get(what.slice(0, at)) ?? [];
      list.push(`${what.slice(at + 1)} ${count}`);
      kinds.set(what.slice(0, at), list);
    }
    return [...kinds].map(([kind, list]) => `${kind} (${list.length}): ${list.join(', ')}`);
  }
}
