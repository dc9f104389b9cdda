/** `mapred streaming` and `hadoop jar hadoop-streaming.jar`: jobs whose maps and reduces are executables. */
import type { Configuration } from '../../conf/configuration.ts';
import { logLine } from '../../runtime/format.ts';
import { systemClock } from '../../runtime/runtime.ts';
import { type EngineWords, takeEngine } from '../jobs/engine.ts';
import { withJobProgress } from '../jobs/with-job-progress.ts';
import { runTool } from '../options/tool.ts';
import { refuseUsage, UsageError } from '../options/usage-error.ts';
import { complain, print } from '../terminal/terminal.ts';
import { parseStreaming, type StreamingArguments, UnexpectedArguments } from './arguments.ts';
import { StreamingRefusal, setJobProperties } from './job-properties.ts';
import { streamingUsage } from './usage.ts';

const LOGGER = 'streaming.StreamJob';
const EXIT_USAGE = 1;
const TOOL = { name: 'streaming', usage: streamingUsage(false), usageExitCode: EXIT_USAGE };
const INLINE =
  '--engine inline runs the functions of a job file in this process: executables run with --engine local, cluster or yarn';

const log = (level: 'WARN' | 'ERROR', message: string): void =>
  complain(logLine(new Date(systemClock.now()), level, LOGGER, message));

/** Runs the command line. @returns exit status */
export async function streamingMain(args: readonly string[]): Promise<number> {
  if (args.length === 0) {
    complain('No Arguments Given!');
    print('Usage: $HADOOP_HOME/bin/hadoop jar hadoop-streaming.jar [options]');
    print('Options:\n  [streamjob] <args> Runs a streaming job with the arguments; -help lists them.');
    return EXIT_USAGE;
  }
  const [first = '', ...rest] = args;
  const command = first.toLowerCase();
  if (command === 'dumptb' || command === 'loadtb') {
    complain(`${first}: not supported yet: there are no SequenceFiles of typed bytes`);
    return EXIT_USAGE;
  }
  const status = await runOnEngine(command === 'streamjob' ? rest : args);
  if (status !== 0) complain('Streaming Command Failed!');
  return status;
}

async function runOnEngine(args: readonly string[]): Promise<number> {
  let words: EngineWords;
  try {
    words = takeEngine(args);
    if (words.engine === 'inline') throw new UsageError(INLINE);
  } catch (e) {
    if (!(e instanceof UsageError)) throw e;
    return refuseUsage(e, { prefix: TOOL.name, usage: [], err: complain, exitCode: EXIT_USAGE });
  }
  const { engine, isDry, rest } = words;
  if (engine !== 'yarn') return await runTool(TOOL, rest, runJob);
  const { runStreamingOnYarn } = await import('../../mapreduce/engines/streaming-on-yarn.ts');
  return await runTool(TOOL, rest, (conf) => runStreamingOnYarn({ conf, words: rest, isDry, out: print }));
}

async function runJob(conf: Configuration, words: readonly string[]): Promise<number> {
  const given = parsed(words);
  if (given === undefined) return EXIT_USAGE;
  if (given.has('help') || given.has('info')) {
    for (const line of streamingUsage(given.has('info'))) print(line);
    return 0;
  }
  const isVerbose = given.has('verbose');
  const tell = (message: string): void => void (isVerbose && print(`STREAM: ${message}`));
  try {
    setJobProperties(conf, given, { warn: (message) => log('WARN', message), tell });
  } catch (e) {
    if (!(e instanceof StreamingRefusal)) throw e;
    return fail(e.message);
  }
  tell('==== JobConf properties:');
  for (const [name, value] of conf.entries().sort(([a], [b]) => (a < b ? -1 : 1))) tell(`${name}=${value}`);
  tell('====');
  const { runStreaming } = await import('../../mapreduce/engines/streaming-client.ts');
  return await withJobProgress(async (console) =>
    runStreaming({
      conf,
      inputs: given.all('input'),
      output: given.first('output') ?? '',
      inBackground: given.has('background'),
      out: console.out ?? print,
      err: console.err ?? complain,
      ...(console.onProgress ? { onProgress: console.onProgress } : {}),
    }),
  );
}

/** Returns undefined for a wrong command line, after the messages of Hadoop's StreamJob. */
function parsed(words: readonly string[]): StreamingArguments | undefined {
  try {
    return parseStreaming(words);
  } catch (e) {
    if (e instanceof UsageError) {
      log('ERROR', e.message);
      for (const line of streamingUsage(words[0] === '-info')) print(line);
      fail('');
      return undefined;
    }
    if (!(e instanceof UnexpectedArguments)) throw e;
    fail(e.message);
    return undefined;
  }
}

function fail(message: string): number {
  complain(message);
  complain('Try -help for more information');
  return EXIT_USAGE;
}
