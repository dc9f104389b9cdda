/** The balancer: plans rounds and runs them until the cluster is balanced. */
import type { Configuration } from '../../conf/configuration.ts';
import { HadoopError, hadoopError } from '../../runtime/errors.ts';
import { sleep } from '../../runtime/promises.ts';
import { Dispatcher, type DispatcherSettings, type MoveTotals } from './dispatcher.ts';
import { ExitStatus } from './exit-status.ts';
import { bytesToMove, chooseStorageGroups } from './matching.ts';
import { MovedBlocks } from './moved-blocks.ts';
import type { NameNodeConnector } from './namenode-connector.ts';
import type { BalancerParameters } from './parameters.ts';
import { type IterationResult, resultLine } from './report.ts';
import type { StorageGroup } from './storage-group.ts';
import { classify, participants } from './utilization.ts';

export interface BalancerOutput {
  /** A line of the report. */
  readonly print: (line: string) => void;
  /** A failure that does not end the balancer. */
  readonly warn: (message: string) => void;
}

type LongKey =
  | 'dfs.balancer.movedWinWidth'
  | 'dfs.balancer.moverThreads'
  | 'dfs.balancer.dispatcherThreads'
  | 'dfs.balancer.getBlocks.size'
  | 'dfs.balancer.getBlocks.min-block-size'
  | 'dfs.balancer.max-size-to-move'
  | 'dfs.datanode.balance.max.concurrent.moves'
  | 'dfs.blocksize';

/** Returns a setting. @throws HadoopIllegalArgumentException if it is not above 0 */
function positive(conf: Configuration, key: LongKey): number {
  const value = conf.get(key);
  if (value <= 0) throw hadoopError('HadoopIllegalArgumentException', `${key} = ${value} <= 0`);
  return value;
}

/**
 * Moves blocks from full DataNodes to empty ones, round after round, until every DataNode's utilization is within the
 * threshold of the cluster's; org.apache.hadoop.hdfs.server.balancer.Balancer.
 */
export class Balancer {
  readonly #connector: NameNodeConnector;
  readonly #parameters: BalancerParameters;
  readonly #output: BalancerOutput;
  readonly #conf: Configuration;
  readonly #moved: MovedBlocks;
  readonly #totals: MoveTotals = { bytesMoved: 0, blocksMoved: 0, blocksFailed: 0 };
  #idleIterations = 0;

  constructor(connector: NameNodeConnector, parameters: BalancerParameters, output: BalancerOutput) {
    this.#connector = connector;
    this.#parameters = parameters;
    this.#output = output;
    this.#conf = connector.fs.conf;
    const { clock } = connector.fs.client;
    this.#moved = new MovedBlocks(positive(this.#conf, 'dfs.balancer.movedWinWidth'), clock.monotonicMs());
  }

  /** Balances until it is done or cannot go on. @returns the outcome, never IN_PROGRESS */
  async run(): Promise<ExitStatus> {
    const { blockPools } = this.#parameters;
    const { fs, poolId } = this.#connector;
    if (blockPools.size === 0 || blockPools.has(poolId)) {
      for (let iteration = 0; ; iteration++) {
        const result = await this.#runOneIteration();
        this.#output.print(resultLine(result, { iteration, nowMs: fs.client.clock.now(), uri: fs.uri }));
        this.#moved.cleanUp(fs.client.clock.monotonicMs());
        if (result.exitStatus === ExitStatus.SUCCESS) break;
        if (result.exitStatus !== ExitStatus.IN_PROGRESS) return result.exitStatus;
        await this.#awaitReports();
      }
    }
    this.#output.print('The cluster is balanced. Exiting...');
    return ExitStatus.SUCCESS;
  }

  async #runOneIteration(): Promise<IterationResult> {
    try {
      return await this.#iterate();
    } catch (e) {
      const { javaClass, message } = HadoopError.from(e);
      this.#output.print(`${javaClass}: ${message}.  Exiting ...`);
      const isArgument = javaClass.endsWith('IllegalArgumentException');
      return this.#result(isArgument ? ExitStatus.ILLEGAL_ARGUMENTS : ExitStatus.IO_EXCEPTION, 0, 0);
    }
  }

  async #iterate(): Promise<IterationResult> {
    const settings = this.#settings();
    const reports = participants(await this.#connector.liveDatanodeStorageReports(), this.#parameters);
    const cluster = classify(shuffled(reports, this.#connector.fs.client.random), this.#parameters, {
      moveMaxBytes: positive(this.#conf, 'dfs.balancer.max-size-to-move'),
      blockSizeBytes: positive(this.#conf, 'dfs.blocksize'),
    });
    const leftBytes = cluster.bytesLeftToMove;
    if (leftBytes === 0) return this.#result(ExitStatus.SUCCESS, 0, 0);
    if (!this.#parameters.runDuringUpgrade && (await this.#connector.isUpgrading())) {
      this.#output.print(
        'Balancer exiting as upgrade is not finalized, please finalize the HDFS upgrade before running the balancer.',
      );
      return this.#result(ExitStatus.UNFINALIZED_UPGRADE, leftBytes, 0);
    }
    const sources = chooseStorageGroups(cluster);
    const movingBytes = bytesToMove(sources);
    if (movingBytes === 0) {
      this.#output.print('No block can be moved. Exiting...');
      return this.#result(ExitStatus.NO_MOVE_BLOCK, leftBytes, 0);
    }
    const { overUtilized, aboveAverage, belowAverage, underUtilized } = cluster;
    const groups: StorageGroup[] = [...overUtilized, ...aboveAverage, ...belowAverage, ...underUtilized];
    const state = { moved: this.#moved, totals: this.#totals, warn: this.#output.warn };
    const movedBytes = await new Dispatcher(this.#connector, groups, state, settings).dispatch(sources);
    const exitStatus = this.#shouldContinue(movedBytes) ? ExitStatus.IN_PROGRESS : ExitStatus.NO_MOVE_PROGRESS;
    return this.#result(exitStatus, leftBytes, movingBytes);
  }

  /** Whether another round is worth it: not after too many rounds in a row that moved nothing. */
  #shouldContinue(movedBytes: number): boolean {
    const { idleIterationsMax } = this.#parameters;
    this.#idleIterations = movedBytes > 0 ? 0 : this.#idleIterations + 1;
    if (idleIterationsMax < 0 || this.#idleIterations < Math.max(1, idleIterationsMax)) return true;
    this.#output.print(`No block has been moved for ${this.#idleIterations} iterations. Exiting...`);
    return false;
  }

  /** Waits until DataNodes have reported their new replicas, and the NameNode has removed the ones that are too many. */
  async #awaitReports(): Promise<void> {
    const waitMs =
      2 * this.#conf.get('dfs.heartbeat.interval') + this.#conf.get('dfs.namenode.redundancy.interval.seconds');
    await sleep(waitMs);
  }

  #result(exitStatus: ExitStatus, bytesLeftToMove: number, bytesBeingMoved: number): IterationResult {
    const { bytesMoved: bytesAlreadyMoved, blocksMoved } = this.#totals;
    return { exitStatus, bytesLeftToMove, bytesBeingMoved, bytesAlreadyMoved, blocksMoved };
  }

  #settings(): DispatcherSettings {
    const conf = this.#conf;
    return {
      concurrentMovesMax: positive(conf, 'dfs.datanode.balance.max.concurrent.moves'),
      moverThreads: positive(conf, 'dfs.balancer.moverThreads'),
      dispatcherThreads: positive(conf, 'dfs.balancer.dispatcherThreads'),
      getBlocksSizeBytes: positive(conf, 'dfs.balancer.getBlocks.size'),
      minBlockSizeBytes: positive(conf, 'dfs.balancer.getBlocks.min-block-size'),
      hotIntervalMs: this.#parameters.hotBlockTimeIntervalMs ?? conf.get('dfs.balancer.getBlocks.hot-time-interval'),
      moveTimeoutMs: conf.get('dfs.balancer.block-move.timeout'),
      noMoveMaxMs: conf.get('dfs.balancer.max-no-move-interval'),
      iterationMaxMs: conf.get('dfs.balancer.max-iteration-time'),
    };
  }
}

/** Returns the items in random order: otherwise the same DataNodes would always be paired first. */
function shuffled<T>(items: readonly T[], random: { nextInt(bound: number): number }): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = random.nextInt(i + 1);
    [result[i], result[j]] = [result[j] as T, result[i] as T];
  }
  return result;
}
