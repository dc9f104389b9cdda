/** The methods of ClientProtocol for administrators: safe mode, host lists, upgrades, the NameNode's own files. */

import type * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import { RollingUpgradeActionProto, SafeModeActionProto } from '../../protocol/gen/messages.ts';
import { hadoopError } from '../../runtime/errors.ts';
import { readHostLists } from '../datanodes/host-lists.ts';
import type { ClientContext } from './context/client-context.ts';
import { applyOnce, type MethodTable, NOT_SUPPORTED } from './context/method-table.ts';

const SAFE_MODE_ACTIONS = {
  [SafeModeActionProto.SAFEMODE_ENTER]: 'ENTER',
  [SafeModeActionProto.SAFEMODE_LEAVE]: 'LEAVE',
  [SafeModeActionProto.SAFEMODE_GET]: 'GET',
  [SafeModeActionProto.SAFEMODE_FORCE_EXIT]: 'FORCE_EXIT',
} as const;

export const clientAdmin = {
  setSafeMode: applyOnce(
    ({ action }) => ({ op: 'setSafeMode', action: SAFE_MODE_ACTIONS[action] }),
    (result) => ({ result }),
  ),
  refreshNodes: async ({ driver, conf, log }) => {
    await driver.applySoft({ op: 'refreshNodes', hosts: await readHostLists(conf, log) });
    return {};
  },
  setBalancerBandwidth: async ({ driver }, { bandwidth }) => {
    await driver.applySoft({ op: 'setBalancerBandwidth', bandwidth });
    return {};
  },
  // A query is answered: no rolling upgrade is under way.
  rollingUpgrade: (_context, { action }) => {
    if (action === RollingUpgradeActionProto.QUERY) return {};
    throw hadoopError('UnsupportedOperationException', 'Rolling upgrades are not supported');
  },
  finalizeUpgrade: NOT_SUPPORTED,
  upgradeStatus: NOT_SUPPORTED,
  saveNamespace: NOT_SUPPORTED,
  rollEdits: NOT_SUPPORTED,
  restoreFailedStorage: NOT_SUPPORTED,
  metaSave: NOT_SUPPORTED,
} satisfies MethodTable<typeof ClientNamenode, ClientContext>;
