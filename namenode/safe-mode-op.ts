import { safeModeLeft } from './datanode-op.ts';
import { type Caller, checkSuperuser } from './permissions.ts';
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
