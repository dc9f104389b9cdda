// Tests of settings that are refused.
import { expect, it } from 'vitest';
import { Configuration } from '../../../conf/configuration.ts';
import { namesystemConfig } from '../../../namenode/namesystem/namesystem-config.ts';

const MIN = 'dfs.namenode.maintenance.replication.min';
const configOf = (conf: Record<string, string>) =>
  namesystemConfig(new Configuration({ 'dfs.namenode.rpc-address': '127.0.0.1:0', ...conf }), 'BP-1', new Map());

// As in BlockManager.initMinReplicationToBeInMaintenance and TestMaintenanceState.testMaintenanceMinReplConfigRange.
it.each([
  ['-1', 'dfs.namenode.maintenance.replication.min = -1 < 0'],
  ['4', 'dfs.namenode.maintenance.replication.min = 4 > dfs.replication = 3'],
])('a minimum of %s replicas during maintenance is refused', (min, why) => {
  expect(() => configOf({ [MIN]: min })).toThrow(`Unexpected configuration parameters: ${why}`);
});

it('none to all replicas may be kept live during maintenance', () => {
  for (const min of [0, 1, 3]) expect(configOf({ [MIN]: String(min) }).blocks.maintenanceReplicationMin).toBe(min);
});
