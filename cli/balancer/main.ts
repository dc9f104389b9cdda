import fs from 'node:fs';
import { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import type { Configuration } from '../../conf/configuration.ts';
import { ConfigurationError } from '../../conf/errors.ts';
import { HadoopError } from '../../runtime/errors.ts';
import { systemClock } from '../../runtime/runtime.ts';
import { Balancer, type BalancerOutput } from '../../tools/balancer/balancer.ts';
import { ExitStatus, processStatus } from '../../tools/balancer/exit-status.ts';
import { NameNodeConnector } from '../../tools/balancer/namenode-connector.ts';
import {
  BalancerArgumentError,
  type BalancerParameters,
  parseParameters,
  USAGE,
} from '../../tools/balancer/parameters.ts';
import { elapsedText, TITLE, timeStamp } from '../../tools/balancer/report.ts';
import {
  GENERIC_USAGE,
  GenericOptionError,
  loadConfiguration,
  parseGenericOptions,
} from '../options/generic-options.ts';
import { Interrupts } from '../terminal/interrupts.ts';

const HELP = new Set(['-h', '-help', '--help']);
const UNCAUGHT_EXIT_CODE = -1;

/** `hdfs balancer ARGS…`. @returns exit status */
export async function balancerMain(args: readonly string[]): Promise<number> {
  const output: BalancerOutput = {
    print: (line) => process.stdout.write(`${line}\n`),
    warn: (message) => process.stderr.write(`balancer: ${message}\n`),
  };
  const [first, ...more] = args;
  if (first !== undefined && more.length === 0 && HELP.has(first)) {
    for (const line of [...USAGE, '', ...GENERIC_USAGE]) output.print(line);
    return 0;
  }
  const beganMs = systemClock.monotonicMs();
  try {
    const options = parseGenericOptions(args);
    const conf = loadConfiguration(options);
    const parameters = parseParameters(options.rest, (file) => fs.readFileSync(file, 'utf8'));
    return processStatus(await run(conf, parameters, output));
  } catch (e) {
    if (e instanceof BalancerArgumentError) {
      if (e.hint) process.stderr.write(`${e.hint}\n`);
      process.stderr.write(`${USAGE.join('\n')}\n\nbalancer: ${e.message}\n`);
    } else if (e instanceof GenericOptionError || e instanceof ConfigurationError) {
      process.stderr.write(`balancer: ${e.message}\n`);
    } else throw e;
    return processStatus(UNCAUGHT_EXIT_CODE);
  } finally {
    const elapsedMs = systemClock.monotonicMs() - beganMs;
    output.print(`${timeStamp(systemClock.now())} Balancing took ${elapsedText(elapsedMs)}`);
  }
}

/** One run, or one after the other with -asService. */
async function run(conf: Configuration, parameters: BalancerParameters, output: BalancerOutput): Promise<ExitStatus> {
  if (!parameters.asService) return balance(conf, parameters, output);
  const triesMax = conf.get('dfs.balancer.service.retries.on.exception');
  for (let failures = 0; failures < triesMax; ) {
    const status = await balance(conf, parameters, output);
    failures = status === ExitStatus.IO_EXCEPTION ? failures + 1 : 0;
    output.warn(status < 0 ? `Balance failed, error code: ${status}` : 'Balance succeed!');
    const waitMs = conf.get('dfs.balancer.service.interval');
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
  return ExitStatus.IO_EXCEPTION;
}

/** Runs a balancer from its lock to its release. */
export async function balance(
  conf: Configuration,
  parameters: BalancerParameters,
  output: BalancerOutput,
): Promise<ExitStatus> {
  output.print(TITLE);
  const interrupts = new Interrupts();
  try {
    const uri = conf.get('fs.defaultFS').replace(/^(hdfs:\/\/[^/]+).*$/, '$1');
    await using fs = new DistributedFileSystem({ conf, uri, warn: output.warn });
    const connector = await NameNodeConnector.connect(fs);
    const endWatch = interrupts.add(() => connector.close());
    try {
      return await new Balancer(connector, parameters, output).run();
    } finally {
      endWatch();
      await connector.close();
    }
  } catch (e) {
    const { javaClass, message } = HadoopError.from(e);
    output.print(`${javaClass}: ${message}.  Exiting ...`);
    return javaClass.endsWith('IllegalArgumentException') ? ExitStatus.ILLEGAL_ARGUMENTS : ExitStatus.IO_EXCEPTION;
  }
}
