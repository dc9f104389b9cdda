/** The option `--engine`: where a job runs. It may stand anywhere among the words of a command. */
import { UsageError } from '../options/usage-error.ts';

/** The generic options that make an engine; undefined for YARN, which is a program of its own. */
const ENGINES: Readonly<Record<string, readonly string[] | undefined>> = {
  inline: ['-D', 'mapreduce.framework.name=local', '-D', 'mapreduce.local.map.tasks.maximum=1'],
  local: ['-D', 'mapreduce.framework.name=local'],
  cluster: ['-D', 'mapreduce.framework.name=calf'],
  yarn: undefined,
};

export interface EngineWords {
  readonly engine: string | undefined;
  /** `--dry-run` */
  readonly isDry: boolean;
  /** The other words, with the generic options of the engine in front. */
  readonly rest: readonly string[];
}

/** @throws UsageError for an engine that is none, and for a dry run of another one than yarn */
export function takeEngine(args: readonly string[]): EngineWords {
  const rest = [...args];
  const at = rest.findIndex((word) => word === '--engine' || word.startsWith('--engine='));
  let engine: string | undefined;
  if (at >= 0) {
    const [word = '', next] = rest.slice(at, at + 2);
    engine = word === '--engine' ? (next ?? '') : word.slice('--engine='.length);
    rest.splice(at, word === '--engine' ? 2 : 1);
    if (!Object.hasOwn(ENGINES, engine)) {
      throw new UsageError(`--engine ${engine}: expected ${Object.keys(ENGINES).join(', ')}`);
    }
  }
  const dry = rest.indexOf('--dry-run');
  if (dry >= 0) rest.splice(dry, 1);
  if (dry >= 0 && engine !== 'yarn')
    throw new UsageError('--dry-run prints the command of --engine yarn, and of no other engine');
  const options = engine === undefined ? undefined : ENGINES[engine];
  return { engine, isDry: dry >= 0, rest: [...(options ?? []), ...rest] };
}
