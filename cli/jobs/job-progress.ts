/** The progress bar of a job, on a terminal. */
import type { JobStatus } from '../../mapreduce/job/messages.ts';
import { createPercentBar, type PercentBar } from '../terminal/progress.ts';

/** Progress lines of the job client: the bar takes their place. */
const PROGRESS_LINE = /: {2}map \d+% reduce \d+%$/;
const CLEAR_LINE = '\r\x1b[K';

/** Shows the progress of a job as a bar. Other lines of the job client go above it. */
export class JobProgress {
  readonly #stream: NodeJS.WritableStream;
  readonly #bar: PercentBar;

  private constructor(stream: NodeJS.WritableStream, bar: PercentBar) {
    this.#stream = stream;
    this.#bar = bar;
  }

  static async open(stream: NodeJS.WritableStream): Promise<JobProgress> {
    return new JobProgress(stream, await createPercentBar(stream, 'map and reduce'));
  }

  /** The functions that the job client prints with. */
  get outputs(): {
    out: (line: string) => void;
    err: (line: string) => void;
    onProgress: (status: JobStatus) => void;
  } {
    return {
      out: (line) => {
        this.#bar.hide();
        process.stdout.write(`${line}\n`);
      },
      err: (line) => {
        if (!PROGRESS_LINE.test(line)) this.#stream.write(`${CLEAR_LINE}${line}\n`);
      },
      onProgress: (status) => this.#show(status),
    };
  }

  #show({ state, maps, reduces, mapProgress, reduceProgress }: JobStatus): void {
    if (state !== 'RUNNING') {
      this.#bar.hide();
      return;
    }
    const share = reduces > 0 ? (mapProgress + reduceProgress) / 2 : mapProgress;
    const percent = (progress: number) => `${Math.floor(progress * 100)}%`;
    this.#bar.show(
      share * 100,
      `map ${percent(mapProgress)} of ${maps}, reduce ${percent(reduceProgress)} of ${reduces}`,
    );
  }

  stop(): void {
    this.#bar.hide();
  }
}
