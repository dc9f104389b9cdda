/**
 * Matches a name against a compiled glob in time that is at most the product of both lengths. A regular expression
 * with many stars would try every way to share the name out among them.
 */

/** One step of a glob. A step without a number leads to the step behind it. */
type Step =
  /** Takes one character that passes the test. */
  | { readonly kind: 'one'; readonly test: (character: string) => boolean }
  /** Takes any text. */
  | { readonly kind: 'text' }
  /** Goes on at each of these steps. */
  | { readonly kind: 'fork'; readonly targets: number[] }
  | { readonly kind: 'jump'; target: number };

const ANY = () => true;

/** A glob as steps: built from left to right, then asked. */
export class GlobProgram {
  readonly #steps: Step[] = [];
  readonly #groups: { fork: { targets: number[] }; jumps: { target: number }[] }[] = [];

  get isInGroup(): boolean {
    return this.#groups.length > 0;
  }

  character(wanted: string): void {
    this.#steps.push({ kind: 'one', test: (character) => character === wanted });
  }

  characterOf(set: RegExp): void {
    this.#steps.push({ kind: 'one', test: (character) => set.test(character) });
  }

  anyCharacter(): void {
    this.#steps.push({ kind: 'one', test: ANY });
  }

  anyText(): void {
    this.#steps.push({ kind: 'text' });
  }

  openGroup(): void {
    const fork = { kind: 'fork' as const, targets: [this.#steps.length + 1] };
    this.#steps.push(fork);
    this.#groups.push({ fork, jumps: [] });
  }

  /** Begins the next alternative of the innermost group. */
  nextAlternative(): void {
    const group = this.#groups.at(-1);
    const jump = { kind: 'jump' as const, target: 0 };
    this.#steps.push(jump);
    group?.jumps.push(jump);
    group?.fork.targets.push(this.#steps.length);
  }

  closeGroup(): void {
    for (const jump of this.#groups.pop()?.jumps ?? []) jump.target = this.#steps.length;
  }

  matches(name: string): boolean {
    let at = this.#reached([0]);
    for (let i = 0; i < name.length && at.size > 0; i++) {
      const next: number[] = [];
      for (const index of at) {
        const step = this.#steps[index];
        if (step?.kind === 'text') next.push(index);
        else if (step?.kind === 'one' && step.test(name.charAt(i))) next.push(index + 1);
      }
      at = this.#reached(next);
    }
    return at.has(this.#steps.length);
  }

  /** Returns the steps that are reached without taking a character. */
  #reached(from: readonly number[]): Set<number> {
    const reached = new Set<number>();
    const pending = [...from];
    for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
      if (reached.has(index)) continue;
      reached.add(index);
      const step = this.#steps[index];
      if (step?.kind === 'text') pending.push(index + 1);
      else if (step?.kind === 'fork') pending.push(...step.targets);
      else if (step?.kind === 'jump') pending.push(step.target);
    }
    return reached;
  }
}
