/** Properties of hdfs-site.xml that the balancer reads. */
import { bytes, integer, millis, type PropertyTable, seconds } from './property.ts';

export const BALANCER_KEYS = {
  'dfs.balancer.movedWinWidth': millis(5400000, 'Time for which a block that was moved is not moved again'),
  'dfs.balancer.moverThreads': integer(1000, 'Most blocks moved at once'),
  'dfs.balancer.dispatcherThreads': integer(200, 'DataNodes whose blocks are handed out at once'),
  'dfs.balancer.max-size-to-move': bytes(10737418240, 'Most bytes that a DataNode gives or takes in a round'),
  'dfs.balancer.getBlocks.size': bytes(2147483648, 'Bytes of the blocks that one getBlocks call asks for'),
  'dfs.balancer.getBlocks.min-block-size': bytes(10485760, 'Smaller blocks are not moved'),
  'dfs.balancer.getBlocks.hot-time-interval': millis(
    0,
    'Blocks of files changed within this time come last; 0: any order',
  ),
  'dfs.balancer.block-move.timeout': millis(0, 'Time after which the balancer gives a move up; 0: none'),
  'dfs.balancer.max-no-move-interval': millis(60000, 'Time without a possible move after which a source is left alone'),
  'dfs.balancer.max-iteration-time': millis(1200000, 'Longest time of a round'),
  'dfs.balancer.service.interval': seconds(300, 'Pause between two runs with -asService'),
  'dfs.balancer.service.retries.on.exception': integer(5, 'Failed runs in a row that end -asService'),
} as const satisfies PropertyTable;
