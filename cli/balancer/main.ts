/** `hdfs balancer`: moves blocks from full DataNodes to empty ones. */
import fs from 'node:fs';
import { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import type { Configuration } from '../../conf/configuration.ts';
import { HadoopError } from '../../runtime/errors.ts';
import { sleep } from '../../runtime/promises.ts';
import { systemClock } from '../../runtime/runtime.ts';
import { Balancer, type BalancerOutput } from '../../tools/balancer/balancer.ts';
import { ExitStatus, processStatus } from '../../tools/balancer/exit-status.ts';
import { NameNodeConnector } from '../../tools/balancer/namenode-connector.ts';
import type { BalancerParameters } from '../../tools/balancer/parameters.ts';
import { elapsedText, TITLE, timeStamp } from '../../tools/balancer/report.ts';
import { GENERIC_USAGE } from '../options/generic-options.ts';
import { runTool } from '../options/tool.ts';
import { USAGE_EXIT_CODE } from '../options/usage-error.ts';
import { Interrupts } from '../terminal/interrupts.ts';
import { complain, print } from '../terminal/terminal.ts';
import { parseArguments, USAGE } from './arguments.ts';

const HELP = new Set(['-h', '-help', '--help']);
const OUTPUT: BalancerOutput = { print, warn: (message) => complain(`balancer: ${message}`) };

/** `hdfs balancer ARGS…`. @returns exit status */
export async function balancerMain(args: readonly string[]): Promise<number> {
  const [first, ...more] = args;
  if (first !== undefined && more.length === 0 && HELP.has(first)) {
    for (const line of [...USAGE, '', ...GENERIC_USAGE]) print(line);
    return 0;
  }
  const beganMs = systemClock.monotonicMs();
  const tool = { name: 'balancer', usage: USAGE, failureExitCode: USAGE_EXIT_CODE };
  try {
    return await runTool(tool, args, async (conf, rest) => {
      const parameters = parseArguments(rest, (file) => fs.readFileSync(file, 'utf8'));
      return processStatus(await run(conf, parameters, OUTPUT));
    });
  } finally {
    const elapsedMs = systemClock.monotonicMs() - beganMs;
    print(`${timeStamp(systemClock.now())} Balancing took ${elapsedText(elapsedMs)}`);
  }
}

/** Balances once, or again and again with -asService. */
async function run(conf: Configuration, parameters: BalancerParameters, output: BalancerOutput): Promise<ExitStatus> {
  if (!parameters.asService) return balance(conf, parameters, output);
  const triesMax = conf.get('dfs.balancer.service.retries.on.exception');
  for (let failures = 0; failures < triesMax; ) {
    const status = await balance(conf, parameters, output);
    failures = status === ExitStatus.IO_EXCEPTION ? failures + 1 : 0;
    output.warn(status < 0 ? `Balance failed, error code: ${status}` : 'Balance succeed!');
    await sleep(conf.get('dfs.balancer.service.interval'));
  }
  return ExitStatus.IO_EXCEPTION;
}

/** Runs one balancer, from its lock on the NameNode to the lock's release. */
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
