import { type Caller, checkSuperuser } from '../namespace/permissions.ts';
import type { NamesystemState, Transaction } from './state.ts';

export interface SetSafeModeRequest {
  readonly caller: Caller;
  readonly action: 'ENTER' | 'LEAVE' | 'GET' | 'FORCE_EXIT';
}

/** `dfsadmin -safemode`. Returns whether safe mode is on afterwards. @throws AccessControlException */
export function setSafeMode(s: NamesystemState, tx: Transaction, request: SetSafeModeRequest): boolean {
  if (request.action !== 'GET') checkSuperuser(request.caller, `safemode_${request.action.toLowerCase()}`);
  if (request.action === 'ENTER') s.safeMode.becomeManual();
  else if (request.action !== 'GET' && s.safeMode.isOn) {
    s.safeMode.leave();
    // What happened meanwhile, such as silence of clients that could not renew, must not be held against them.
    s.leases.renewAll(tx.now);
    safeModeLeft(s, tx);
  }
  return s.safeMode.isOn;
}

/** Ends start-up's safe mode when it may end; then every block is looked at once. */
export function maybeLeaveSafeMode(s: NamesystemState, tx: Transaction): void {
  if (!s.safeMode.isStartup) return;
  // One that has only registered can't take a replica yet: its first heartbeat tells of its storages.
  let datanodes = 0;
  for (const datanode of s.datanodes.live()) if (datanode.storages.size > 0) datanodes++;
  if (s.safeMode.maybeLeave(datanodes, tx.now)) safeModeLeft(s, tx);
}

export function safeModeLeft(s: NamesystemState, tx: Transaction): void {
  tx.log('info', 'Safe mode is off');
  s.toCheck.push(s.blocks.values());
  tx.moreWork();
}
