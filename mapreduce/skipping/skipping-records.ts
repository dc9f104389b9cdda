/** The records of a split without those that an attempt in skipping mode leaves out. */
import type { ReadyRecords, SplitRecords } from '../records/split-records.ts';
import type { SkipPlan } from './skip-plan.ts';
import type { Skipped } from './skipped.ts';

/** Gives one record for each more(): the TaskTracker must know of a record before the job's code has it. */
export class SkippingRecords implements SplitRecords {
  readonly #records: SplitRecords;
  readonly #plan: SkipPlan;
  readonly #skipped: Skipped;
  #isThere = false;
  readonly ready: ReadyRecords;

  constructor(records: SplitRecords, plan: SkipPlan, skipped: Skipped) {
    this.#records = records;
    this.#plan = plan;
    this.#skipped = skipped;
    this.ready = this.#oneAtATime();
  }

  get offset(): number {
    return this.#records.offset;
  }

  get path(): string {
    return this.#records.path;
  }

  get progress(): number {
    return this.#records.progress;
  }

  async more(): Promise<boolean> {
    for (;;) {
      while (!this.#records.ready.next()) if (!(await this.#records.more())) return false;
      if (!this.#plan.skipsNext()) break;
      const { key, value } = this.#records.ready;
      await this.#skipped.record(key, value);
    }
    await this.#plan.working();
    this.#isThere = true;
    return true;
  }

  async close(): Promise<void> {
    await this.#records.close();
    await this.#skipped.close();
  }

  #oneAtATime(): ReadyRecords {
    const records = this.#records;
    const next = (): boolean => {
      const isThere = this.#isThere;
      this.#isThere = false;
      return isThere;
    };
    return {
      next,
      get key() {
        return records.ready.key;
      },
      get value() {
        return records.ready.value;
      },
      get exactKey() {
        return records.ready.exactKey;
      },
      get exactValue() {
        return records.ready.exactValue;
      },
    };
  }
}
